/* What a person reads off: post-processing steps and inspection.

   The words beside a field are help only; the controller judges every value again. */
MDPS.OrderMeasuring = function (self, root) {
    "use strict";
    var words = MDPS.words;
    var rows = {};

    self.inputs = {};
    self.forgetInputs = function () {
        Object.keys(self.inputs).forEach(function (key) {
            self.inputs[key]("");
        });
    };

    function value(text) {
        return words.present(text) ? Number(String(text).replace(",", ".")) : NaN;
    }

    function outside(row, v) {
        var unit = row.unit ? " " + row.unit : "";
        if (words.yesNo(row)) return v === 1 ? "" : gettext("not as allowed");
        if (words.present(row.minimum) && v < row.minimum)
            return words.number(row.minimum - v) + unit + " " + gettext("too low");
        if (words.present(row.maximum) && v > row.maximum)
            return words.number(v - row.maximum) + unit + " " + gettext("too high");
        return "";
    }

    /* What the controller says again must stay the same object: another one makes the page put a
       new field in the place of the one a person is typing into, and the next keys go astray. */
    function measured(row, key) {
        var kept = rows[key];
        if (kept && same(kept.row, row)) return kept;
        if (!self.inputs[key]) self.inputs[key] = ko.observable("");
        return (rows[key] = withHelp(row, self.inputs[key]));
    }

    function same(one, other) {
        return JSON.stringify(one) === JSON.stringify(other);
    }

    function withHelp(row, text) {
        return {
            row: row,
            text: text,
            allowed: words.range(row),
            yesNo: words.yesNo(row),
            value: function () {
                return value(text());
            },
            /* true, false, or null while there is no number yet */
            inside: ko.pureComputed(function () {
                var v = value(text());
                return isNaN(v) ? null : outside(row, v) === "";
            }),
            result: ko.pureComputed(function () {
                var v = value(text());
                if (isNaN(v)) return words.present(text()) ? gettext("not a number") : "";
                return outside(row, v) || gettext("OK");
            })
        };
    }

    function shown(one) {
        var text = one.yesNo
            ? one.value() === 1
                ? gettext("yes")
                : gettext("no")
            : words.number(one.value()) + (one.row.unit ? " " + one.row.unit : "");
        return [gettext("Measured") + ": " + one.row.name, text];
    }

    function allRead(rows) {
        return rows.every(function (one) {
            return one.inside() !== null;
        });
    }

    function firstOutside(rows) {
        return ko.utils.arrayFirst(rows, function (one) {
            return one.inside() === false;
        });
    }

    function focusFirstField() {
        var fields = $("#tab_plugin_mdps .mdps-measure input[type=text]:visible");
        var empty = fields.filter(function () {
            return this.value === "";
        });
        (empty.length ? empty : fields).first().focus();
    }

    self.workSteps = ko.pureComputed(function () {
        return (self.data() || {}).steps || [];
    });
    self.stepIndex = ko.pureComputed(function () {
        var all = self.workSteps();
        for (var i = 0; i < all.length; i++) if (!all[i].done) return i;
        return all.length;
    });
    self.step = ko.pureComputed(function () {
        return self.workSteps()[self.stepIndex()] || null;
    });
    self.readings = ko.pureComputed(function () {
        var step = self.step();
        return ((step && step.readings) || []).map(function (row) {
            return measured(row, "step/" + step.step_id + "/" + row.name);
        });
    });
    self.stepSeconds = ko.pureComputed(function () {
        var step = self.step();
        if (!step || !step.started_at) return null;
        return Math.max(0, (root.now() - new Date(step.started_at)) / 1000);
    });
    self.stepLeft = ko.pureComputed(function () {
        var step = self.step();
        if (!step || !step.minimum_s) return 0;
        return Math.max(0, step.minimum_s - (self.stepSeconds() || 0));
    });
    self.canSignStep = ko.pureComputed(function () {
        return self.step() !== null && self.stepLeft() === 0 && allRead(self.readings());
    });
    self.stepOutside = ko.pureComputed(function () {
        return firstOutside(self.readings());
    });
    self.stepHint = ko.pureComputed(function () {
        if (self.stepLeft() > 0)
            return self.stepSeconds() === null
                ? gettext("First: start the time.")
                : gettext("The time is not over yet.");
        return self.canSignStep() ? "" : gettext("First: fill in every reading.");
    });
    self.stepButton = ko.pureComputed(function () {
        return self.stepOutside()
            ? gettext("Record this value\u2026")
            : gettext("Sign step") + " " + (self.stepIndex() + 1) + "\u2026";
    });
    self.startStep = function () {
        self.act("start_step", {build_id: self.buildId(), step_id: self.step().step_id});
    };
    self.signStep = function () {
        if (!self.canSignStep()) {
            if (self.stepLeft() > 0 && self.stepSeconds() === null) $("#mdps_start_step").focus();
            else focusFirstField();
            return;
        }
        var readings = {};
        self.readings().forEach(function (one) {
            readings[one.row.name] = one.value();
        });
        var title = gettext("Sign step") + " " + (self.stepIndex() + 1);
        self.sign(
            title,
            title,
            "sign_step",
            {build_id: self.buildId(), step_id: self.step().step_id, readings: readings},
            self.withValues(self.toSign("step"), self.readings().map(shown))
        );
    };

    self.characteristics = ko.pureComputed(function () {
        return ((self.data() || {}).characteristics || []).map(function (row) {
            return measured(row, "char/" + row.characteristic_id);
        });
    });
    self.outside = ko.pureComputed(function () {
        return firstOutside(self.characteristics());
    });
    self.canSignInspection = ko.pureComputed(function () {
        return self.characteristics().length > 0 && allRead(self.characteristics());
    });
    self.inspectionButton = ko.pureComputed(function () {
        return self.outside() ? gettext("Record these values\u2026") : gettext("Sign inspection\u2026");
    });
    self.inspectionHint = ko.pureComputed(function () {
        return self.canSignInspection() ? "" : gettext("First: measure every characteristic.");
    });
    self.signInspection = function () {
        if (!self.canSignInspection()) {
            focusFirstField();
            return;
        }
        var values = {};
        self.characteristics().forEach(function (one) {
            values[one.row.characteristic_id] = one.value();
        });
        self.sign(
            gettext("Sign the inspection"),
            gettext("Sign inspection"),
            "sign_inspection",
            {build_id: self.buildId(), measurements: values},
            self.withValues(self.toSign("inspection"), self.characteristics().map(shown)),
            self.forgetInputs
        );
    };
};
