/* Acts up to the end of the print: check, sign and start, hold, resume, stop. */
MDPS.OrderMaking = function (self, root) {
    "use strict";

    self.verify = function () {
        self.act("verify_order", {order_id: self.id()});
    };

    self.plateClear = ko.observable(false);
    self.lotId = ko.observable(null);
    self.lots = ko.pureComputed(function () {
        return (self.data() || {}).lots || [];
    });
    self.lotOptions = ko.pureComputed(function () {
        return [{id: null, text: gettext("Choose the lot that is on the printer"), usable: true}].concat(
            self.lots().map(function (lot) {
                var why = (lot.reasons || []).map(MDPS.words.reason)[0];
                return {
                    id: lot.lot_id,
                    text: (lot.label || lot.lot_id) + (lot.usable ? "" : ": " + (why ? why.title : "")),
                    usable: lot.usable === true
                };
            })
        );
    });
    self.lotDisable = function (option, lot) {
        if (lot) option.disabled = !lot.usable;
    };
    self.facts = ko.pureComputed(function () {
        var facts = (self.toSign("permit").what || []).map(MDPS.words.fact);
        var seconds = ((self.data() || {}).job || {}).print_time_s;
        if (MDPS.words.present(seconds))
            facts.push(
                MDPS.words.fact([
                    gettext("Takes"),
                    MDPS.words.duration(seconds) +
                        ", " +
                        gettext("ready about") +
                        " " +
                        MDPS.words.clock(new Date(root.now() + seconds * 1000))
                ])
            );
        return facts;
    });
    self.mayPermit = ko.pureComputed(function () {
        return !!((self.data() || {}).to_sign || {}).permit;
    });
    self.canSign = ko.pureComputed(function () {
        return self.plateClear() && !!self.lotId();
    });
    self.signHint = ko.pureComputed(function () {
        if (!self.lotId()) return gettext("First: choose the material lot.");
        return self.plateClear() ? "" : gettext("First: look at the plate, then tick.");
    });
    self.signPermit = function () {
        if (!self.lotId()) {
            $("#mdps_lot").focus();
        } else if (!self.plateClear()) {
            $("#mdps_plate").focus();
        } else {
            self.sign(
                gettext("Sign and start the build"),
                gettext("Sign and start"),
                "permit_build",
                {
                    order_id: self.id(),
                    plate_clear: self.plateClear(),
                    plate: (self.data() || {}).plate,
                    lot_id: self.lotId()
                },
                self.withValues(self.toSign("permit"), [
                    [gettext("Material lot"), self.lotId()],
                    [gettext("Plate"), (self.data() || {}).plate + ", " + gettext("empty and clean")]
                ]),
                function (result) {
                    self.start(result.build_id);
                }
            );
        }
    };
    self.start = function (buildId) {
        self.act("start_build", {build_id: buildId});
    };
    self.giveBack = function () {
        self.act("stop", {});
    };
    self.startPermitted = function () {
        self.start(self.buildId());
    };

    self.hold = function () {
        self.act("hold", {});
    };
    self.resume = function () {
        self.act("resume", {});
    };
    self.stop = function () {
        root.stop.open(self.buildId());
    };
};
