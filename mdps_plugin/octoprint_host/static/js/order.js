/* One open order: what the controller says about it. The acts stand in order_*.js. */
MDPS.Order = function (root) {
    "use strict";
    var self = this;
    var words = MDPS.words;
    var asked = null;
    var again = false;

    self.id = ko.observable(null);
    self.data = ko.observable(null);
    self.problem = ko.observable(null);
    self.busy = ko.observable(false);
    self.lookAt = ko.observable(null);

    self.row = ko.pureComputed(function () {
        var id = self.id();
        return ko.utils.arrayFirst(root.orders(), function (row) {
            return row.order_id === id;
        });
    });
    self.state = ko.pureComputed(function () {
        return (self.data() || {}).state || (self.row() || {}).state || "";
    });
    self.build = ko.pureComputed(function () {
        return (self.data() || {}).build || null;
    });
    self.buildId = ko.pureComputed(function () {
        var build = self.build() || self.row() || {};
        return build.build_id || null;
    });
    self.checking = ko.pureComputed(function () {
        return (self.data() || {}).checking || null;
    });
    self.findings = ko.pureComputed(function () {
        return ((self.data() || {}).findings || []).map(words.lines).filter(function (one) {
            return one.refuses;
        });
    });
    /* The digest makes the address new when the picture is. */
    self.picture = ko.pureComputed(function () {
        var digest = (self.data() || {}).picture;
        return digest ? MDPS.api.href("picture", self.id()) + "?" + digest.slice(0, 16) : null;
    });
    self.checks = ko.pureComputed(function () {
        return (self.data() || {}).checks || [];
    });
    self.checksRun = ko.pureComputed(function () {
        return self.checks().filter(function (check) {
            return check.ran;
        }).length;
    });
    /* Never "OK" for a check that did not run, nor where the order as a whole was refused. */
    self.checkRows = ko.pureComputed(function () {
        var fine = self.findings().length === 0;
        var shown = {};
        var rows = self.checks().map(function (check) {
            var took = words.present(check.seconds)
                ? (Math.round(check.seconds * 10) / 10 || "< 0.1") + " s"
                : "";
            return {
                name: words.check(check.name),
                detail: check.detail || took,
                word: !check.ran ? gettext("NOT RUN") : fine ? gettext("OK") : gettext("RAN"),
                icon: !check.ran
                    ? "fa-times-circle mdps-bad"
                    : fine
                      ? "fa-check-circle mdps-ok"
                      : "fa-circle",
                css: !check.ran ? "mdps-bad" : fine ? "mdps-ok" : ""
            };
        });
        /* Two rooms look at the recipe: one line, unless they differ. */
        return rows.filter(function (row) {
            var key = row.name + "/" + row.word;
            var first = !shown[key];
            shown[key] = true;
            return first;
        });
    });
    self.title = ko.pureComputed(function () {
        var recipe = (self.data() || {}).recipe || {};
        return recipe.title || (self.row() || {}).device || self.id() || "";
    });
    self.about = ko.pureComputed(function () {
        var row = self.row() || {};
        var recipe = (self.data() || {}).recipe || {};
        return [
            [gettext("Device"), row.device],
            [gettext("Recipe"), recipe.label || row.recipe],
            [gettext("Intended use"), recipe.intended_use],
            [gettext("For"), row.patient_token],
            [gettext("Due"), words.present(row.due) ? words.day(row.due) : ""],
            [gettext("State"), words.state(self.state())]
        ].filter(function (pair) {
            return words.present(pair[1]);
        });
    });
    self.screen = ko.pureComputed(function () {
        if (!self.data()) return "loading";
        var state = self.state();
        if (self.lookAt()) return self.lookAt();
        if (state === "refused") return "refusal";
        if (state === "permitted" || state === "armed") return "ready";
        if (state === "released" || state === "handed_over") return "documents";
        return (self.data().next_step || {}).screen || "check";
    });
    self.steps = ko.pureComputed(function () {
        var at = words.step(self.screen() === "ready" && self.mayPermit() ? "verified" : self.state());
        return words.stepNames.map(function (name, index) {
            var n = index + 1;
            var now = n === at[0];
            return {
                text: n + " " + name,
                now: now,
                css: n < at[0] ? "done" : now ? (at[1] ? "no" : "now") : "todo",
                icon:
                    n < at[0] ? "fa-check" : now ? (at[1] ? "fa-times" : "fa-caret-down") : "fa-minus"
            };
        });
    });
    self.open = function (id) {
        if (self.id() !== id) {
            self.data(null);
            self.plateClear(false);
            self.lotId(null);
            self.forgetInputs();
            self.saw("");
            self.saying(null);
            self.handTo("");
            self.copyGiven(false);
        }
        self.problem(null);
        self.lookAt(null);
        self.id(id);
        self.load();
    };
    self.lookAtDeviations = function () {
        self.lookAt("deviation");
    };
    self.lookAway = function () {
        self.lookAt(null);
    };
    self.close = function () {
        self.id(null);
        self.data(null);
        self.problem(null);
    };
    self.load = function () {
        var id = self.id();
        if (!id) return;
        if (asked) {
            again = true;
            return;
        }
        asked = id;
        MDPS.api
            .get("order", id)
            .done(function (data) {
                if (self.id() === id) self.take(data);
            })
            .fail(function (problem) {
                if (self.id() !== id) return;
                self.problem(problem);
                if (!self.data()) root.orderNotThere(problem);
            })
            .always(function () {
                asked = null;
                if (again) {
                    again = false;
                    /* At most one question a second, however fast the news come. */
                    setTimeout(self.load, 1000);
                }
            });
    };
    self.take = function (data) {
        if (!self.data() || self.data().state !== data.state) self.plateClear(false);
        self.data(data);
        var usable = self.lots().filter(function (lot) {
            return lot.usable;
        });
        if (!self.lotId() && usable.length === 1) self.lotId(usable[0].lot_id);
    };
    self.act = function (verb, args, done) {
        self.busy(true);
        self.problem(null);
        return MDPS.api
            .post(verb, args)
            .done(function (result) {
                if (done) done(result);
            })
            .fail(self.problem)
            .always(function () {
                self.busy(false);
                self.load();
                root.refresh();
            });
    };
    self.toSign = function (act) {
        return ((self.data() || {}).to_sign || {})[act] || {meaning: "", what: []};
    };
    /* What the controller would have signed, and below it what the person brings. */
    self.withValues = function (toSign, pairs) {
        return $.extend({}, toSign, {what: (toSign.what || []).concat(pairs)});
    };
    self.sign = function (title, button, verb, args, toSign, done) {
        self.problem(null);
        root.sign.open({
            title: title,
            button: button,
            verb: verb,
            args: args,
            toSign: toSign,
            done: function (result) {
                if (done) done(result);
                self.load();
                root.refresh();
            },
            /* A rule said no: the reasons need more room than the dialog has. */
            refused: function (problem) {
                self.problem(problem);
                self.load();
                $("#mdps_tab .mdps-middle").scrollTop(0);
            }
        });
    };

    MDPS.OrderMaking(self, root);
    MDPS.OrderMeasuring(self, root);
    MDPS.OrderReleasing(self, root);
};
