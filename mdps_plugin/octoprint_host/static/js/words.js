/* How values are written on the screens, and how the controller's "no" is read. Pure functions. */
/* OctoPrint wraps every file into a function of its own: what they share must stand on window. */
window.MDPS = {};

/* Called by the root view model: gettext is not there before the page is ready. */
MDPS.makeWords = function () {
    "use strict";

    var ICONS = {
        lock: "fa-lock",
        spinner: "fa-spinner",
        pen: "fa-pen-nib",
        hourglass: "fa-hourglass-half",
        play: "fa-play",
        pause: "fa-pause",
        triangle: "fa-exclamation-triangle",
        crossed: "fa-times-circle",
        wrench: "fa-wrench",
        plug: "fa-plug"
    };
    /* Shape beside icon and word: no border, dashed = ready, solid = running, double = no. */
    var SHAPES = {
        pen: "ready",
        hourglass: "running",
        play: "running",
        pause: "running",
        triangle: "no",
        crossed: "no",
        plug: "no"
    };
    var STATES = {
        ordered: gettext("not checked yet"),
        verifying: gettext("checking"),
        verified: gettext("ready to sign"),
        refused: gettext("refused at check"),
        expired: gettext("permit ran out"),
        permitted: gettext("signed, not started"),
        armed: gettext("starting"),
        building: gettext("building"),
        held: gettext("held"),
        built: gettext("built, to post-process"),
        post_processed: gettext("to inspect"),
        inspected: gettext("to release"),
        released: gettext("released"),
        handed_over: gettext("handed over"),
        aborted: gettext("build stopped"),
        rejected: gettext("rejected")
    };
    /* Step of the stepper that a state stands on (1 to 10), and whether it is a "no". */
    var STEP = {
        ordered: [3],
        verifying: [3],
        refused: [3, true],
        verified: [5],
        expired: [5, true],
        permitted: [5],
        armed: [5],
        building: [6],
        held: [6],
        aborted: [6, true],
        built: [7],
        post_processed: [8],
        rejected: [8, true],
        inspected: [9],
        released: [10],
        handed_over: [11]
    };
    var NAMES = [
        gettext("Order"),
        gettext("Model"),
        gettext("Check"),
        gettext("Material, printer"),
        gettext("Sign, start"),
        gettext("Build"),
        gettext("Post-process"),
        gettext("Inspect"),
        gettext("Release"),
        gettext("Documents")
    ];

    /* What a check looked at, for somebody who never saw its name; see docs/examiner.md. */
    var CHECKS = {
        root: gettext("Trust root of the recipe"),
        envelope: gettext("Recipe file is whole"),
        signatures: gettext("Recipe is signed"),
        statement: gettext("Recipe names its files"),
        recipe: gettext("Recipe may be used here"),
        files: gettext("Files of the recipe are unchanged"),
        dates: gettext("Recipe is in date"),
        time: gettext("Clock was not set back"),
        "manufacturer repository": gettext("Manufacturer names this recipe"),
        "hospital repository": gettext("Hospital names this recipe"),
        "same bytes": gettext("Both name the same recipe file"),
        signers: gettext("Signers of recipes are known"),
        model_surface: gettext("Model has no holes"),
        model_bodies: gettext("Number of bodies"),
        model_volume: gettext("Volume of the model"),
        model_size: gettext("Size of the model"),
        model_build_area: gettext("Model fits on the plate"),
        variables: gettext("Choices in the order"),
        grammar: gettext("Every line of the job is known"),
        "start and end block": gettext("Start and end of the job"),
        "writing of the slicer": gettext("Every line is written as the slicer writes"),
        commands: gettext("Only allowed commands"),
        "layers and heights": gettext("Layers and their heights"),
        temperatures: gettext("Temperatures of nozzle and bed"),
        fan: gettext("Fan"),
        accelerations: gettext("Accelerations"),
        retraction: gettext("Filament is pulled back and given back"),
        speeds: gettext("Speeds"),
        "flow and width": gettext("Plastic and width of each line"),
        place: gettext("Every move is above the plate"),
        "filament and time": gettext("Filament and time of the job"),
        "signed job": gettext("Job is the signed job"),
        "second slicing": gettext("Sliced twice, the same job"),
        "layers of the model": gettext("Layers follow the model"),
        "inside the model": gettext("Nothing is printed outside the model"),
        "outline of the model": gettext("Outline follows the model"),
        "wall along the outline": gettext("A wall runs along the whole outline"),
        "shift, size and turn": gettext("Part is not moved, resized or turned"),
        "parts of the plate": gettext("Each part on the plate is in place"),
        "filled place by place": gettext("No hole within the part"),
        "walls and ends in place": gettext("Walls and ends of lines are in place"),
        "plastic on single lines": gettext("Plastic on each single line"),
        supports: gettext("Supports only where needed, clear of the part"),
        toolpath_examined: gettext("Every line was looked at"),
        order: gettext("Order is complete"),
        site: gettext("This site may make it"),
        model: gettext("Model belongs to the order"),
        toolpath: gettext("Job belongs to the order"),
        versions: gettext("Versions of the programs")
    };

    function check(name) {
        var plain = CHECKS[name] || name.replace(/_/g, " ");
        return plain.charAt(0).toUpperCase() + plain.slice(1);
    }

    /* An order whose lost build is dealt with counts again as the verified order it is. */
    function tag(row) {
        var name = row.screen === "ready" && row.state !== "permitted" ? "verified" : row.state;
        var no = ["refused", "aborted", "expired", "rejected"].indexOf(name) >= 0;
        var yes = ["verified", "released", "handed_over"].indexOf(name) >= 0;
        return {
            text: STATES[name] || name,
            css: no ? "mdps-tag-no" : yes ? "mdps-tag-yes" : "",
            icon: no ? "fa-times-circle" : yes ? "fa-check-circle" : "fa-clock"
        };
    }

    function present(value) {
        return value !== null && value !== undefined && value !== "";
    }

    function number(value) {
        return present(value) ? String(Math.round(Number(value) * 10000) / 10000) : "?";
    }

    function tenths(value) {
        return present(value) ? Number(value).toFixed(1) : "?";
    }

    function grouped(value) {
        return present(value) ? String(value).replace(/\B(?=(\d{3})+$)/g, "\u202f") : "?";
    }

    function range(row) {
        if (yesNo(row)) return gettext("yes");
        var low = present(row.minimum);
        var high = present(row.maximum);
        var unit = row.unit ? " " + row.unit : "";
        if (low && high && row.minimum !== row.maximum)
            return number(row.minimum) + " " + gettext("to") + " " + number(row.maximum) + unit;
        if (low && high) return number(row.minimum) + unit;
        if (low) return gettext("at least") + " " + number(row.minimum) + unit;
        if (high) return gettext("at most") + " " + number(row.maximum) + unit;
        return "";
    }

    /* A visual characteristic is 1 = yes, 0 = no, and only yes is inside (recipe document). */
    function yesNo(row) {
        return row.minimum === 1 && row.maximum === 1;
    }

    function clock(text) {
        var moment = new Date(text);
        return present(text) && !isNaN(moment)
            ? moment.toLocaleTimeString("en-GB", {hour: "2-digit", minute: "2-digit"})
            : "?";
    }

    function day(text) {
        var moment = new Date(text);
        if (!present(text) || isNaN(moment)) return "?";
        return moment.toLocaleDateString("en-GB", {
            day: "numeric",
            month: "short",
            year: "numeric"
        });
    }

    function dayAndTime(text) {
        return day(text) + " " + clock(text);
    }

    function minutes(seconds) {
        if (!present(seconds)) return "?";
        var whole = Math.max(0, Math.round(seconds));
        var rest = whole % 60;
        return Math.floor(whole / 60) + ":" + (rest < 10 ? "0" : "") + rest;
    }

    function duration(seconds) {
        var whole = Math.max(1, Math.round(seconds / 60));
        var rest = (whole % 60) + " min";
        return whole < 60 ? rest : Math.floor(whole / 60) + " h " + rest;
    }

    function digest(text) {
        return present(text) && text.length > 20
            ? text.substr(0, 4) + " " + text.substr(4, 4) + " \u2026 " + text.substr(-4)
            : text || "";
    }

    /* A pair of what is signed. A digest is shown by its ends and a moment in local time; both
       stand whole in the tooltip. */
    function fact(pair) {
        var value = String(pair[1]);
        var text = value;
        if (/^[0-9a-f]{64}$/.test(value)) text = value.substr(0, 16) + " \u2026 " + value.substr(-8);
        else if (/^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(value)) text = dayAndTime(value);
        return {label: pair[0], value: text, whole: value};
    }

    function lines(finding) {
        var title = finding.title || finding.message || "";
        return {
            title: title,
            observed: finding.observed === title ? "" : finding.observed || "",
            allowed: finding.allowed || "",
            nextStep: finding.next_step || "",
            who: finding.who || "",
            code: finding.code || "",
            clause: finding.clause || "",
            place: place(finding.where),
            refuses: finding.severity === undefined || finding.severity === "refuse"
        };
    }

    function place(where) {
        if (!where) return "";
        var parts = [];
        if (present(where.path)) parts.push(where.path);
        if (present(where.line)) parts.push(gettext("line") + " " + grouped(where.line));
        if (present(where.layer)) parts.push(gettext("layer") + " " + where.layer);
        ["x", "y", "z"].forEach(function (axis) {
            if (present(where[axis])) parts.push(axis.toUpperCase() + " " + number(where[axis]));
        });
        return parts.join(" \u00b7 ");
    }

    function reason(item) {
        if (typeof item === "string")
            return {title: item, observed: "", allowed: "", nextStep: "", who: ""};
        return lines(item);
    }

    function youCanFix(item) {
        return !item.who || item.who === "technician" || item.who === "you";
    }

    return {
        icon: function (name) {
            return "fas " + (ICONS[name] || "fa-lock");
        },
        shape: function (name) {
            return "mdps-" + (SHAPES[name] || "plain");
        },
        state: function (name) {
            return STATES[name] || name || "";
        },
        tag: tag,
        check: check,
        step: function (name) {
            return STEP[name] || [1];
        },
        stepNames: NAMES,
        present: present,
        number: number,
        tenths: tenths,
        grouped: grouped,
        range: range,
        yesNo: yesNo,
        clock: clock,
        day: day,
        dayAndTime: dayAndTime,
        minutes: minutes,
        duration: duration,
        digest: digest,
        fact: fact,
        lines: lines,
        reason: reason,
        youCanFix: youCanFix
    };
};
