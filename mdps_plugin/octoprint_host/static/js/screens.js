/* Screens that belong to no single order: Today, recipe status, records. */
MDPS.Today = function (root) {
    "use strict";
    var self = this;

    self.scanned = ko.observable("");
    self.problem = ko.observable(null);
    self.busy = ko.observable(false);
    self.recipes = ko.observableArray([]);
    self.recipesProblem = ko.observable(null);
    self.recipesAsked = ko.observable(false);

    self.open = function () {
        var id = $.trim(self.scanned());
        self.problem(null);
        if (id === "") {
            self.focus();
            return;
        }
        self.scanned("");
        root.openOrder(id);
    };
    self.focus = function () {
        $("#mdps_scan").focus();
    };
    self.loadRecipes = function () {
        if (!root.mayRead()) return;
        MDPS.api
            .get("recipes")
            .done(function (rows) {
                self.recipesProblem(null);
                self.recipes(
                    rows.map(function (row) {
                        var reasons = (row.reasons || []).map(MDPS.words.reason);
                        return {
                            title: row.title || row.recipe_id || "",
                            label: row.label || gettext("revision") + " " + row.revision,
                            usable: row.usable === true,
                            yours: reasons.filter(MDPS.words.youCanFix),
                            others: reasons.filter(function (one) {
                                return !MDPS.words.youCanFix(one);
                            })
                        };
                    })
                );
                self.recipesAsked(true);
            })
            .fail(function (problem) {
                self.recipes([]);
                self.recipesProblem(problem);
            });
    };

    /* An order comes as a file, with the model beside it: both go to the controller as they are. */
    self.receive = function (form) {
        var order = form.elements.order.files[0];
        self.problem(null);
        if (!order) {
            form.elements.order.focus();
            return;
        }
        var data = new FormData();
        ["order", "patient", "file"].forEach(function (name) {
            var file = form.elements[name].files[0];
            if (file) data.append(name, file, file.name);
        });
        self.busy(true);
        MDPS.api
            .postForm("receive_order", data)
            .done(function (result) {
                form.reset();
                root.refresh();
                root.openOrder(result.order_id);
            })
            .fail(self.problem)
            .always(function () {
                self.busy(false);
            });
    };
};

MDPS.Records = function (root) {
    "use strict";
    var self = this;
    var TAIL = 100;
    /* The controller compares it word for word: build/signature.py, ACT_RULES. */
    var EXPORT_MEANING = "I take out the log with its records, for the reason written.";

    self.entries = ko.observableArray([]);
    self.problem = ko.observable(null);
    self.report = ko.observable(null);
    self.busy = ko.observable(false);
    self.reason = ko.observable("");

    self.verdict = ko.pureComputed(function () {
        var report = self.report();
        if (!report) return "unknown";
        return report.ok === true ? "yes" : "no";
    });
    self.summary = ko.pureComputed(function () {
        var report = self.report();
        if (!report) return "";
        return report.ok === true
            ? report.entries + " " + gettext("entries are unchanged, in order and signed.")
            : [report.reason, report.place].filter(MDPS.words.present).join(" \u00b7 ");
    });
    self.load = function () {
        if (!root.mayRead()) return;
        MDPS.api
            .get("log_tail", TAIL)
            .done(function (result) {
                self.problem(null);
                self.entries(
                    result
                        .slice()
                        .sort(function (a, b) {
                            return b.index - a.index;
                        })
                        .map(row)
                );
            })
            .fail(self.problem);
    };
    self.verify = function () {
        self.busy(true);
        self.report(null);
        MDPS.api
            .post("verify_log", {})
            .done(self.report)
            .fail(self.problem)
            .always(function () {
                self.busy(false);
            });
    };
    self.save = function () {
        if (!MDPS.words.present(self.reason())) {
            $("#mdps_pack_reason").focus();
            return;
        }
        root.sign.open({
            title: gettext("Inspector pack"),
            button: gettext("Sign and save"),
            verb: "export",
            args: {reason: self.reason()},
            toSign: {meaning: EXPORT_MEANING, what: [[gettext("Reason"), self.reason()]]},
            send: function (verb, args) {
                return MDPS.api.download(verb, args, "mdps-inspector-pack.zip");
            },
            done: function () {
                self.reason("");
                self.load();
            }
        });
    };

    function row(entry) {
        var body = entry.body || {};
        var signature = body.signature || {};
        return {
            index: entry.index,
            time: MDPS.words.dayAndTime(entry.time),
            who: signature.printed_name || body.actor || body.user || gettext("controller"),
            what: (entry.kind || "").replace(/_/g, " "),
            about: body.build_id || body.order_id || "",
            meaning: signature.meaning || "\u2014"
        };
    }
};
