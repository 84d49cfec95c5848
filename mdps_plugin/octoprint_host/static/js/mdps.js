/* The root view model: who is looking, what the controller says, which screen is open. */
$(function () {
    "use strict";

    function MdpsViewModel(parameters) {
        var self = this;
        var words = (MDPS.words = MDPS.makeWords());

        self.loginState = parameters[0];
        self.access = parameters[1];
        self.words = words;
        self.snapshot = new MDPS.Snapshot();
        self.place = ko.observable("today");
        self.tabOpen = false;
        self.now = ko.observable(Date.now());
        var skew = 0;

        MDPS.Roles(self);

        self.state = ko.pureComputed(function () {
            return self.snapshot.value() || {};
        });
        self.alive = ko.pureComputed(function () {
            return self.snapshot.link() === "alive";
        });
        self.lock = ko.pureComputed(function () {
            if (self.alive() && self.state().lock) return self.state().lock;
            if (self.snapshot.link() === "asking")
                return {icon: "lock", word: gettext("Asking the controller\u2026"), detail: ""};
            return {
                icon: "plug",
                word: gettext("No controller \u00b7 locked"),
                detail:
                    gettext("No answer for") + " " + self.snapshot.silentFor() + " s."
            };
        });
        self.lockIcon = ko.pureComputed(function () {
            return words.icon(self.lock().icon);
        });
        self.lockShape = ko.pureComputed(function () {
            return words.shape(self.lock().icon);
        });
        self.lockWord = ko.pureComputed(function () {
            var lock = self.lock();
            var percent = words.present(lock.percent) ? Math.floor(lock.percent) + " %" : "";
            return lock.word.indexOf("%") >= 0 || !percent ? lock.word : lock.word + " " + percent;
        });
        self.orders = ko.pureComputed(function () {
            return self.state().orders || [];
        });
        self.printer = ko.pureComputed(function () {
            return self.state().printer || {};
        });
        self.build = ko.pureComputed(function () {
            return self.state().build || null;
        });
        self.running = ko.pureComputed(function () {
            var build = self.build();
            return build !== null && ["permitted", "armed", "building", "held"].indexOf(build.state) >= 0;
        });
        self.nextStep = ko.pureComputed(function () {
            return self.state().next_step || null;
        });
        self.nextText = ko.pureComputed(function () {
            if (self.snapshot.link() === "silent")
                return gettext("Wait 1 minute. Then call IT. The printer's own off-switch stops it.");
            var next = self.nextStep() || {};
            var row = rowOf(self.orders(), next.order_id);
            return row.order_id && row.next_step === next.text ? self.nextFor(row) : next.text || "";
        });
        self.limitWords = function (name) {
            var limits = ((self.build() || {}).limits || {})[name];
            return limits
                ? gettext("limit") + " " + limits[0] + " " + gettext("to") + " " + limits[1] + " \u00b0C"
                : "";
        };
        self.qms = ko.pureComputed(function () {
            return self.state().qms || null;
        });
        self.cell = ko.pureComputed(function () {
            return self.state().controller || {};
        });
        self.waiting = ko.pureComputed(function () {
            var open = self.todo();
            var release = open.filter(function (row) {
                return row.state === "inspected";
            });
            var text = open.length + " " + (open.length === 1 ? gettext("order") : gettext("orders"));
            return release.length
                ? text + ", " + release.length + " " + gettext("to release")
                : text;
        });
        self.nextFor = function (row) {
            return row.state === "inspected" && row.screen === "release" && self.mayRelease()
                ? gettext("Look at the part, then sign the release")
                : row.next_step;
        };
        /* What waits for this person comes first, then what was begun, then what may be begun. */
        function rank(row) {
            if (row.state === "inspected") return self.mayRelease() ? 0 : 2;
            return row.build_id && ["verified", "refused"].indexOf(row.state) < 0 ? 1 : 2;
        }
        self.todo = ko.pureComputed(function () {
            return self
                .orders()
                .filter(function (row) {
                    return ["handed_over", "rejected"].indexOf(row.state) < 0;
                })
                .map(function (row) {
                    return $.extend({rank: rank(row)}, row, {next_step: self.nextFor(row)});
                })
                .sort(function (a, b) {
                    return a.rank - b.rank || String(a.due).localeCompare(String(b.due));
                });
        });
        self.openDeviations = ko.pureComputed(function () {
            return self.orders().filter(function (row) {
                return row.screen === "deviation";
            });
        });

        self.people = ko.observableArray([]);
        self.nameOf = function (user) {
            var person = ko.utils.arrayFirst(self.people(), function (one) {
                return one.user === user;
            });
            return person ? person.printed_name : user || "";
        };
        self.namesWith = function (role, except) {
            return self
                .people()
                .filter(function (one) {
                    return !one.disabled && one.user !== except && one.roles.indexOf(role) >= 0;
                })
                .map(function (one) {
                    return one.printed_name;
                });
        };

        self.sign = new MDPS.SignDialog(self);
        self.stop = new MDPS.StopDialog(self);
        self.lockDialog = new MDPS.LockDialog(self);
        self.today = new MDPS.Today(self);
        self.recipes = new MDPS.Recipes(self);
        self.records = new MDPS.Records(self);
        self.order = new MDPS.Order(self);

        /* A scanner types wherever the focus is; nobody who is typing loses it. */
        self.alive.subscribe(function (alive) {
            var idle = document.activeElement === document.body;
            if (alive && idle && self.tabOpen && self.place() === "today")
                setTimeout(self.today.focus, 0);
        });
        self.refresh = function () {
            self.snapshot.ask();
        };
        self.openTab = function () {
            $("#tabs a[href='#tab_plugin_mdps']").tab("show");
        };
        self.goToday = function () {
            self.order.close();
            self.place("today");
            self.today.loadRecipes();
            self.today.focus();
        };
        self.goRecipes = function () {
            self.order.close();
            self.recipes.back();
            self.place("recipes");
        };
        self.goRecords = function () {
            self.order.close();
            self.place("records");
            self.records.load();
        };
        self.goDeviations = function () {
            self.order.close();
            self.place("deviations");
        };
        self.openOrder = function (id) {
            self.today.problem(null);
            self.place("order");
            self.order.open(id);
        };
        self.openRow = function (row) {
            self.openOrder(row.order_id);
        };
        self.orderNotThere = function (problem) {
            self.goToday();
            self.today.problem(problem);
        };
        self.goNext = function () {
            var next = self.nextStep();
            var build = self.build();
            self.openTab();
            if (build && self.running()) self.openOrder(build.order_id);
            else if (next && next.order_id) self.openOrder(next.order_id);
            else self.goToday();
        };
        self.stopFromCard = function () {
            self.stop.open(self.build().build_id);
        };

        function rowOf(orders, id) {
            return orders.filter(function (row) {
                return row.order_id === id;
            })[0] || {};
        }
        var lastSeen = "";
        self.snapshot.value.subscribe(function (state) {
            if (!state) return;
            skew = new Date(state.at) - Date.now() || 0;
            tellRefusals(state.refusals || []);
            if (!self.order.id()) return;
            /* Not from the computed row: it may not have heard of this state yet. */
            var row = rowOf(state.orders || [], self.order.id());
            /* Seconds that run in a text are no news; how far a check has got is. */
            var seen =
                row.state === "verifying"
                    ? String(state.seq)
                    : [row.state, row.screen, row.build_id, row.next_step].join("/").replace(/\d+ s/g, "");
            if (seen !== lastSeen) self.order.load();
            lastSeen = seen;
        });
        setInterval(function () {
            self.now(Date.now() + skew);
        }, 1000);

        /* Refusals that were there before this page was loaded are read in the record, not here. */
        var told = null;
        function tellRefusals(refusals) {
            var first = told === null;
            told = told || {};
            refusals.forEach(function (refusal) {
                var count = refusal.count || 1;
                if (!first && told[refusal.number] !== count) MDPS.core.notice(refusal);
                told[refusal.number] = count;
            });
        }

        self.lookAround = function () {
            self.snapshot.wanted = self.loginState.hasPermission(self.access.permissions.STATUS);
            self.snapshot.ask();
            if (self.place() === "today") self.today.loadRecipes();
            if (self.mayRead())
                MDPS.api.get("people").done(function (rows) {
                    self.people(rows || []);
                });
        };
        self.onAllBound = function () {
            self.sign.bind();
            self.stop.bind();
            self.lockDialog.bind();
            MDPS.core.lock(self.openTab);
            self.showRoom($("#tabs li.active a").attr("href"));
        };
        self.onStartupComplete = self.onUserPermissionsChanged = function () {
            self.lookAround();
        };
        self.onServerReconnect = self.onDataUpdaterReconnect = function () {
            self.lookAround();
        };
        self.onServerDisconnect = function () {
            self.snapshot.lost();
        };
        self.onTabChange = function (current) {
            self.showRoom(current);
        };
        self.onAfterTabChange = function (current) {
            if (current === "#tab_plugin_mdps" && self.place() === "today") self.today.focus();
        };
        self.showRoom = function (tab) {
            self.tabOpen = tab === "#tab_plugin_mdps";
            MDPS.core.room(self.tabOpen);
            if (self.tabOpen && self.place() === "today") self.today.focus();
        };
        self.onBeforePrintStart = function (callback, file) {
            self.lockDialog.open((file && (file.display || file.name)) || gettext("a file"));
            return false;
        };
        self.onDataUpdaterPluginMessage = function (plugin, message) {
            if (plugin !== "mdps") return;
            if (message.type === "refusal") tellRefusals([message.refusal]);
            else self.snapshot.onMessage(message);
        };

        self.testRefusal = function () {
            OctoPrint.control.sendGcode("M117 MDPS test line");
        };
    }

    OCTOPRINT_VIEWMODELS.push({
        construct: MdpsViewModel,
        dependencies: ["loginStateViewModel", "accessViewModel"],
        elements: [
            "#navbar_plugin_mdps",
            "#sidebar_plugin_mdps",
            "#tab_plugin_mdps",
            "#mdps_dialogs",
            "#settings_plugin_mdps",
            "#wizard_plugin_mdps"
        ]
    });
});
