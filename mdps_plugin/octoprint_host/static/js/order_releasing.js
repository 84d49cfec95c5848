/* Release, documents and hand-over, rejection, deviations. */
MDPS.OrderReleasing = function (self, root) {
    "use strict";
    var words = MDPS.words;

    self.operatorWords = ko.pureComputed(function () {
        return root.nameOf((self.data() || {}).operator);
    });
    self.releasers = ko.pureComputed(function () {
        return root.namesWith("releaser", (self.data() || {}).operator).join(", ");
    });
    self.releaseFacts = ko.pureComputed(function () {
        return (self.toSign("release").what || []).map(words.fact);
    });
    self.preconditions = ko.pureComputed(function () {
        return (self.data() || {}).preconditions || [];
    });
    self.signRelease = function () {
        self.sign(
            gettext("Sign the release"),
            gettext("Sign release"),
            "sign_release",
            {build_id: self.buildId()},
            self.toSign("release")
        );
    };

    /* In the order in which a technician needs them; the rest as the controller lists it. */
    var FIRST = ["label", "patient_information", "statement"];
    function place(one) {
        var index = FIRST.indexOf(one.kind);
        return index < 0 ? FIRST.length : index;
    }
    self.documents = ko.pureComputed(function () {
        var id = self.buildId();
        var all = ((self.data() || {}).documents || []).slice().sort(function (a, b) {
            return place(a) - place(b);
        });
        return all.map(function (one) {
            return {
                name: one.name,
                kind: (one.kind || "").replace(/_/g, " "),
                media: (one.media_type || "").split("/").pop(),
                href: MDPS.api.href("document", id, one.name)
            };
        });
    });
    self.handTo = ko.observable("");
    self.copyGiven = ko.observable(false);
    self.handOver = function () {
        if (!words.present(self.handTo())) {
            $("#mdps_hand_to").focus();
            return;
        }
        self.sign(
            gettext("Hand over"),
            gettext("Sign the hand-over"),
            "hand_over",
            {build_id: self.buildId(), to: self.handTo(), copy_given: self.copyGiven()},
            self.withValues(self.toSign("hand_over"), [[gettext("To"), self.handTo()]])
        );
    };

    self.saw = ko.observable("");
    self.deviations = ko.pureComputed(function () {
        return (self.data() || {}).deviations || [];
    });
    self.openDeviations = ko.pureComputed(function () {
        return self.deviations().filter(function (one) {
            return !one.decision;
        }).length;
    });
    self.saying = ko.observable(null);
    self.sayDeviation = function () {
        self.saying("deviation");
        $("#mdps_saw").focus();
    };
    self.sayReject = function () {
        self.saying("reject");
        $("#mdps_saw").focus();
    };
    self.sayNothing = function () {
        self.saying(null);
    };

    /* Every one of these needs the words of the person who signs. */
    function withWords(act) {
        return function (first, second) {
            if (words.present(self.saw())) act(first, second);
            else $("#mdps_saw").focus();
        };
    }
    function said() {
        self.saw("");
        self.saying(null);
    }

    self.raise = withWords(function () {
        self.sign(
            gettext("Sign what you saw"),
            gettext("Sign what I saw"),
            "raise_deviation",
            {build_id: self.buildId(), seen: self.saw()},
            self.withValues(self.toSign("deviation"), [[gettext("What I saw"), self.saw()]]),
            said
        );
    });
    self.reject = withWords(function () {
        self.sign(
            gettext("Reject this part"),
            gettext("Sign the rejection"),
            "reject",
            {build_id: self.buildId(), reason: self.saw()},
            self.withValues(self.toSign("reject"), [[gettext("Reason"), self.saw()]]),
            said
        );
    });
    self.manufacturer = ko.observable("");
    self.decide = withWords(function (deviation, decision) {
        var args = {
            build_id: self.buildId(),
            deviation_id: deviation.deviation_id,
            decision: decision,
            reason: self.saw()
        };
        if (decision === "use_as_is") {
            if (!words.present(self.manufacturer())) {
                $("#mdps_manufacturer").focus();
                return;
            }
            args.manufacturer_reference = self.manufacturer();
        }
        self.sign(
            gettext("Decide deviation") + " " + deviation.deviation_id,
            gettext("Sign the decision"),
            "decide_deviation",
            args,
            self.withValues(self.toSign("decision"), [
                [gettext("Deviation"), deviation.deviation_id],
                [gettext("Decision"), decision.replace(/_/g, " ")],
                [gettext("Reason"), self.saw()]
            ]),
            said
        );
    });
};
