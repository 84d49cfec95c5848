/* The dialogs: signing, stopping, lock notice. Passwords go once to the plugin, then are emptied. */
MDPS.focusLoop = function (dialog, onShown) {
    "use strict";
    /* bootstrap-modal neither focuses a field nor keeps the focus inside, and it sets a negative
       margin that pushes tall dialogs off the screen. */
    var before = null;

    function stops() {
        return dialog.find("button, input, textarea, select, a[href]").filter(":visible:enabled");
    }

    dialog.on("keydown", function (event) {
        if (event.key === "Escape") {
            event.stopPropagation();
            dialog.modal("hide");
        } else if (event.key === "Tab") {
            var all = stops();
            var edge = event.shiftKey ? all.first() : all.last();
            if (all.length && document.activeElement === edge[0]) {
                event.preventDefault();
                (event.shiftKey ? all.last() : all.first()).focus();
            }
        }
    });
    /* Not only once it has faded in: what is typed meanwhile belongs into the field. */
    function enter() {
        if (!dialog[0].contains(document.activeElement) || document.activeElement === dialog[0])
            onShown(stops());
    }
    function enterOnceVisible(tries) {
        if (dialog.is(":visible")) enter();
        else if (tries) setTimeout(enterOnceVisible, 25, tries - 1);
    }
    dialog.on("shown", function (event) {
        if (event.target === dialog[0]) enter();
    });
    dialog.on("hidden", function (event) {
        if (event.target === dialog[0] && before) $(before).focus();
    });
    return {
        show: function () {
            before = document.activeElement;
            /* Once it has faded in, bootstrap-modal takes the focus: to where it is already, or the
               rest of a password would land in the field for the name. */
            dialog.modal({show: true, keyboard: false, backdrop: "static", focusOn: ":focus"});
            enterOnceVisible(40);
        },
        hide: function () {
            dialog.modal("hide");
        }
    };
};

MDPS.SignDialog = function (root) {
    "use strict";
    var self = this;
    var loop = null;
    var task = null;

    self.title = ko.observable("");
    self.what = ko.observableArray([]);
    self.meaning = ko.observable("");
    self.button = ko.observable("");
    self.user = ko.observable("");
    self.otherPerson = ko.observable(false);
    self.password = ko.observable("");
    self.busy = ko.observable(false);
    self.problem = ko.observable(null);
    self.now = ko.observable(new Date());
    setInterval(function () {
        if (task) self.now(new Date());
    }, 1000);

    self.localTime = ko.pureComputed(function () {
        return self.now().toLocaleTimeString("en-GB");
    });
    self.localDay = ko.pureComputed(function () {
        return self.now().toLocaleDateString("en-GB", {
            weekday: "short",
            day: "numeric",
            month: "short",
            year: "numeric"
        });
    });
    self.utcTime = ko.pureComputed(function () {
        return self.now().toISOString().substr(11, 8) + " UTC";
    });
    self.role = ko.pureComputed(function () {
        return root.roleWords();
    });
    /* The printed name is what stands in the record. */
    self.name = ko.pureComputed(function () {
        return root.nameOf(self.user());
    });

    self.bind = function () {
        var dialog = $("#mdps_sign_dialog");
        loop = MDPS.focusLoop(dialog, function () {
            $(self.otherPerson() ? "#mdps_sign_user" : "#mdps_sign_password").focus();
        });
        dialog.on("hidden", function (event) {
            if (event.target === dialog[0]) {
                self.password("");
                task = null;
            }
        });
    };

    /* ask = {title, button, verb, args, toSign: {subject_sha256, meaning, what}, done};
       send(verb, args) where the answer is a file */
    self.open = function (ask) {
        task = ask;
        self.title(ask.title);
        self.button(ask.button);
        self.what((ask.toSign.what || []).map(MDPS.words.fact));
        self.meaning(ask.toSign.meaning || "");
        self.user(root.loginState.username() || "");
        self.otherPerson(false);
        self.password("");
        self.problem(null);
        self.now(new Date());
        loop.show();
    };

    self.changePerson = function () {
        self.otherPerson(true);
        self.user("");
        $("#mdps_sign_user").focus();
    };

    self.submit = function () {
        if (self.busy() || !task) return;
        var mine = task;
        var signature = {
            user: self.user(),
            password: self.password(),
            meaning: self.meaning()
        };
        if (mine.toSign.subject_sha256) signature.subject_sha256 = mine.toSign.subject_sha256;
        self.password("");
        self.problem(null);
        self.busy(true);
        (mine.send || MDPS.api.post)(mine.verb, $.extend({}, mine.args, {signature: signature}))
            .done(function (result) {
                loop.hide();
                mine.done(result);
            })
            .fail(function (problem) {
                root.refresh();
                if (problem.kind === "refusal" && mine.refused) {
                    loop.hide();
                    mine.refused(problem);
                } else {
                    self.problem(problem);
                    if (task) $("#mdps_sign_password").focus();
                }
            })
            .always(function () {
                self.busy(false);
            });
        signature.password = "";
    };
};

MDPS.StopDialog = function (root) {
    "use strict";
    var self = this;
    var loop = null;
    var buildId = null;

    self.busy = ko.observable(false);
    self.problem = ko.observable(null);
    self.bind = function () {
        loop = MDPS.focusLoop($("#mdps_stop_dialog"), function () {
            $("#mdps_stop_now").focus();
        });
    };
    self.open = function (id) {
        buildId = id;
        self.problem(null);
        loop.show();
    };
    self.stop = function () {
        self.busy(true);
        MDPS.api
            .post("stop", {build_id: buildId})
            .done(function () {
                loop.hide();
                root.refresh();
            })
            .fail(function (problem) {
                self.problem(problem);
            })
            .always(function () {
                self.busy(false);
            });
    };
};

MDPS.LockDialog = function (root) {
    "use strict";
    var self = this;
    var loop = null;

    self.file = ko.observable("");
    self.bind = function () {
        loop = MDPS.focusLoop($("#mdps_lock_dialog"), function () {
            $("#mdps_lock_orders").focus();
        });
    };
    self.open = function (file) {
        self.file(file);
        loop.show();
    };
    self.goToOrders = function () {
        loop.hide();
        root.openTab();
        root.goToday();
    };
};
