/* What the plugin does to OctoPrint's own screens, and notices of refusals.

   All of it is comfort: another client meets none of this. The gate holds. */
MDPS.core = (function () {
    "use strict";

    /* Controls that send something to the printer, in 1.11 and 2.0. The webcam is among them
       because a stray hover and an arrow key over it jog the printer. */
    var CONTROLS = [
        "#terminal-sendpanel",
        "#term .hide",
        "#temperature-table",
        "#control .jog-panel",
        "#control-jog-custom",
        "#webcam_plugins_container"
    ];
    var PANES = ["#temp", "#control", "#term"];
    var notices = {};

    function banner(openTab) {
        var text = $("<div>");
        $("<i class='fas fa-lock' aria-hidden='true'></i>").appendTo(text);
        $("<strong>")
            .text(" " + gettext("Locked.") + " ")
            .appendTo(text);
        $("<span>").text(gettext("Heating and moving are set by the signed recipe.") + " ").appendTo(text);
        $("<a href='javascript:void(0)'>")
            .text(gettext("Work in the MDPS tab"))
            .on("click", openTab)
            .appendTo(text);
        return $("<div class='mdps-core-banner' role='note'></div>").append(text.contents());
    }

    function four(finding) {
        return [
            [gettext("Observed"), finding.observed],
            [gettext("Allowed"), finding.allowed],
            [gettext("Next step"), finding.nextStep]
        ]
            .filter(function (row) {
                return row[1];
            })
            .map(function (row) {
                return "<dt>" + _.escape(row[0]) + "</dt><dd>" + _.escape(row[1]) + "</dd>";
            })
            .join("");
    }

    return {
        lock: function (openTab) {
            document.body.classList.add("mdps-locked");
            CONTROLS.forEach(function (selector) {
                $(selector).attr("inert", "").addClass("mdps-inert");
            });
            PANES.forEach(function (selector) {
                var pane = $(selector);
                if (pane.length && !pane.children(".mdps-core-banner").length)
                    pane.prepend(banner(openTab));
            });
        },
        room: function (open) {
            document.body.classList.toggle("mdps-room", open);
        },
        /* One notice per finding; a repeat changes the count instead of adding another. What the
           screen has just said itself is not said again. */
        notice: function notice(refusal, waited) {
            var finding = MDPS.words.lines(refusal);
            var here = MDPS.api.answeredHere(finding);
            if (here) return;
            if (here === null && (waited || 0) < 2000) {
                setTimeout(notice, 100, refusal, (waited || 0) + 100);
                return;
            }
            var key = String(refusal.number === undefined ? finding.code : refusal.number);
            var count = refusal.count > 1 ? " (" + refusal.count + " " + gettext("times") + ")" : "";
            var entry = MDPS.words.present(refusal.entry)
                ? gettext("This attempt is in the record, entry") + " #" + refusal.entry + "."
                : "";
            var options = {
                title: _.escape(finding.title + count),
                text:
                    "<dl class='mdps-four'>" +
                    four(finding) +
                    "</dl><p class='mdps-small'>" +
                    _.escape(entry) +
                    "</p>",
                type: "notice",
                icon: "fas fa-lock",
                hide: false,
                addclass: "mdps-notice",
                /* No hover with gloves. */
                buttons: {sticker: false, closer_hover: false}
            };
            var known = notices[key];
            if (known && known.state !== "closed") known.update(options);
            else notices[key] = new PNotify(options);
        }
    };
})();
