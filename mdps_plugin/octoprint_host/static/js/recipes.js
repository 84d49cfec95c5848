/* Recipes at this site: what may be printed today and why the rest may not; import, approve,
   withdraw, and the parts made from one. Shows what the controller decided, decides nothing. */
MDPS.Recipes = function (root) {
    "use strict";
    var self = this;
    var words = MDPS.words;
    /* The controller compares them word for word: build/signature.py, ACT_RULES. */
    var MEANINGS = {
        import_recipes: "I imported this repository of recipes.",
        approve_recipe: "I approve this recipe for use at this site.",
        withdraw_recipe: "I withdraw this recipe from this site."
    };
    var WHOSE = {
        manufacturer: gettext("The manufacturer's list"),
        hospital: gettext("The hospital's list")
    };
    var FROM = {manufacturer: gettext("the manufacturer"), hospital: gettext("the hospital")};
    var GROUPS = {
        on_the_printer: gettext("on the printer"),
        on_hold: gettext("here, on hold"),
        released: gettext("released, still here"),
        handed_over: gettext("handed over"),
        scrapped: gettext("scrapped")
    };

    self.rows = ko.observableArray([]);
    self.sources = ko.observableArray([]);
    self.asked = ko.observable(false);
    self.problem = ko.observable(null);
    self.task = ko.observable(null);
    self.row = ko.observable(null);
    self.text = ko.observable("");
    self.whose = ko.observable("manufacturer");
    self.parts = ko.observable(null);
    self.news = ko.observable(null);

    self.chain = ko.pureComputed(function () {
        return self.sources().some(function (one) {
            return one.repository;
        });
    });
    self.usable = ko.pureComputed(function () {
        return self.rows().filter(function (row) {
            return row.usable;
        }).length;
    });
    self.mayImport = ko.pureComputed(function () {
        return root.mayBuild() || root.mayRelease() || root.mayQuality();
    });

    self.load = function () {
        if (!root.mayRead()) return;
        MDPS.api
            .get("recipes")
            .done(function (found) {
                self.problem(null);
                self.rows(
                    found.map(recipe).sort(function (a, b) {
                        return rank(a) - rank(b) || a.id.localeCompare(b.id);
                    })
                );
                self.asked(true);
            })
            .fail(function (problem) {
                self.rows([]);
                self.problem(problem);
            });
        MDPS.api
            .get("repositories")
            .done(function (found) {
                self.sources(
                    (found.repositories || [])
                        .map(repository)
                        .concat(found.policy ? [policy(found.policy)] : [])
                );
            })
            .fail(function (problem) {
                self.sources([]);
                self.problem(problem);
            });
    };

    function signers(keys) {
        return (keys || [])
            .map(function (key) {
                return key.holder + " " + gettext("for") + " " + (key.roles || []).join(", ");
            })
            .join(", ");
    }
    function act(done) {
        if (!done) return "";
        return [root.nameOf(done.by), words.day(done.at), done.note].filter(words.present).join(" \u00b7 ");
    }
    /* What waits for somebody comes first, then the other "no", then what may be printed. */
    function rank(row) {
        return row.usable ? 2 : row.waiting ? 0 : 1;
    }
    function recipe(row) {
        var reasons = (row.reasons || []).map(words.reason);
        return {
            id: row.recipe_id + "/" + row.revision,
            title: row.title || row.recipe_id || "",
            label: row.label || gettext("revision") + " " + row.revision,
            usable: row.usable === true,
            approvable: row.approvable === true,
            withdrawable: Boolean(row.approved),
            waiting: !row.usable && row.approvable === true,
            digest: row.digest,
            envelope: row.envelope_sha256,
            parts: row.parts || 0,
            facts: [
                [gettext("Signed by"), signers(row.signed_by)],
                [gettext("From"), row.manufacturer],
                [gettext("Good until"), words.present(row.expires) ? words.day(row.expires) : ""],
                [gettext("Signed for this site"), act(row.approved)],
                [gettext("Withdrawn here"), act(row.withdrawn)]
            ].filter(function (pair) {
                return words.present(pair[1]);
            }),
            about: [
                [gettext("Recipe"), row.label],
                [gettext("Device"), row.device],
                [gettext("Intended use"), row.intended_use],
                [gettext("From"), row.manufacturer],
                [gettext("Signed by"), signers(row.signed_by)],
                [gettext("Good until"), words.present(row.expires) ? words.day(row.expires) : ""],
                [gettext("Material"), row.material ? row.material.kind + ", " + row.material.product : ""],
                [gettext("Recipe, SHA-256"), row.digest]
            ].filter(function (pair) {
                return words.present(pair[1]);
            }),
            yours: reasons.filter(words.youCanFix),
            others: reasons.filter(function (one) {
                return !words.youCanFix(one);
            })
        };
    }
    function repository(one) {
        return {
            repository: true,
            title: WHOSE[one.repository],
            good: one.accepted === true,
            until: one.fresh_until,
            detail:
                one.recipes +
                " " +
                (one.recipes === 1 ? gettext("recipe") : gettext("recipes")) +
                (one.repository === "manufacturer" && one.not_for_this_site
                    ? ", " + one.not_for_this_site + " " + gettext("not named by this hospital")
                    : ""),
            reasons: (one.reasons || []).map(words.reason)
        };
    }
    function policy(one) {
        return {
            repository: false,
            title: one.label ? one.label.charAt(0).toUpperCase() + one.label.slice(1) : gettext("Site policy"),
            good: one.accepted === true,
            until: one.expires,
            detail: one.signed_by.length ? gettext("signed by") + " " + signers(one.signed_by) : "",
            reasons: (one.reasons || []).map(words.reason)
        };
    }

    function begin(task, row, field) {
        self.problem(null);
        self.news(null);
        self.text("");
        self.row(row || null);
        self.task(task);
        $("#mdps_tab .mdps-middle").scrollTop(0);
        if (field) $(field).focus();
    }
    self.back = function () {
        begin(null);
        self.load();
    };
    self.startImport = function () {
        begin("import", null, "#mdps_stick");
    };
    self.startApprove = function (row) {
        begin("approve", row, "#mdps_recipe_text");
    };
    self.startWithdraw = function (row) {
        begin("withdraw", row, "#mdps_recipe_text");
    };
    self.showParts = function (row) {
        self.parts(null);
        begin("parts", row);
        MDPS.api
            .get("made_from", row.digest)
            .done(function (found) {
                // Another row may have been opened while this was under way.
                if (self.row() === row) self.parts(found);
            })
            .fail(function (problem) {
                if (self.row() === row) self.problem(problem);
            });
    };
    self.partRows = ko.pureComputed(function () {
        return ((self.parts() || {}).parts || []).map(function (part) {
            return {
                build: part.build_id,
                order: part.order_id,
                token: part.patient_token,
                where:
                    GROUPS[part.group] +
                    (words.present(part.handed_over_to) ? ", " + part.handed_over_to : ""),
                when: words.day(part.permitted_at)
            };
        });
    });
    /* The line adds up, or it says nothing. */
    self.sumOf = function (sums) {
        if (!sums) return "";
        var named = Object.keys(GROUPS);
        var total = named.reduce(function (sum, group) {
            return sum + (sums[group] || 0);
        }, 0);
        if (total !== sums.made) return gettext("The sums do not add up. Call the quality manager.");
        var there = named.filter(function (group) {
            return sums[group] > 0;
        });
        var sum = there
            .map(function (group) {
                return sums[group] + " " + GROUPS[group];
            })
            .join(" + ");
        return gettext("Made") + " " + sums.made + (sum ? " = " + sum : "");
    };

    function sign(ask) {
        root.sign.open({
            title: ask.title,
            button: ask.button,
            verb: ask.verb,
            args: ask.args,
            send: ask.send,
            toSign: {meaning: MEANINGS[ask.verb], what: ask.what},
            done: function (result) {
                self.task(null);
                ask.done(result);
                self.load();
                root.today.loadRecipes();
                root.refresh();
            },
            /* A rule said no: the reasons need more room than the dialog has. */
            refused: function (problem) {
                self.problem(problem);
                $("#mdps_tab .mdps-middle").scrollTop(0);
            }
        });
    }

    self.signImport = function () {
        var file = document.getElementById("mdps_stick").files[0];
        self.problem(null);
        if (!file) {
            $("#mdps_stick").focus();
            return;
        }
        var whose = self.whose();
        sign({
            title: gettext("Import a stick"),
            button: gettext("Sign and import"),
            verb: "import_recipes",
            args: {repository: whose, name: file.name},
            what: [
                [gettext("File"), file.name],
                [gettext("From"), FROM[whose]]
            ],
            send: function (verb, args) {
                var form = new FormData();
                form.append("request", JSON.stringify(args));
                form.append("file", file, file.name);
                return MDPS.api.postForm(verb, form);
            },
            done: function (result) {
                var ends = (result.lists || []).map(function (one) {
                    return one.expires;
                });
                self.news({
                    title: gettext("Imported. What was accepted is in the record."),
                    file: file.name,
                    until: words.day(ends.sort()[0]),
                    lists: (result.lists || []).map(function (one) {
                        return (
                            one.role +
                            " " +
                            gettext("version") +
                            " " +
                            one.version +
                            ", " +
                            gettext("until") +
                            " " +
                            words.day(one.expires)
                        );
                    }),
                    recalled: (result.recalled || []).map(function (one) {
                        return {
                            recipe: one.recipe,
                            reason: one.reason,
                            sum: self.sumOf(one),
                            row: {digest: one.recipe_digest, title: one.recipe, label: ""}
                        };
                    })
                });
            }
        });
    };
    function withText(what, ask) {
        if (!words.present($.trim(self.text()))) {
            $("#mdps_recipe_text").focus();
            return;
        }
        sign($.extend({what: self.row().about.concat([[what, self.text()]]), done: $.noop}, ask));
    }
    self.signApproval = function () {
        withText(gettext("Local qualification"), {
            title: gettext("Approve a recipe for this site"),
            button: gettext("Sign approval"),
            verb: "approve_recipe",
            args: {
                bundle: self.row().id,
                local_qualification: self.text(),
                envelope_sha256: self.row().envelope
            }
        });
    };
    self.signWithdrawal = function () {
        withText(gettext("Reason"), {
            title: gettext("Withdraw a recipe from this site"),
            button: gettext("Sign withdrawal"),
            verb: "withdraw_recipe",
            args: {recipe_digest: self.row().digest, reason: self.text()}
        });
    };
};
