/* Requests to the plugin's own routes. Every "no" comes back as a list of four-line findings. */
MDPS.api = (function () {
    "use strict";

    var BASE = "plugin/mdps/";

    /* What this browser was answered itself, so that no notice says it a second time. */
    var answered = {};
    var ANSWERED_MS = 10000;
    var open = 0;

    function path(parts) {
        return BASE + parts.map(encodeURIComponent).join("/");
    }

    /* {kind, findings}: kind is refusal, document, usage, signature, permission, transition,
       environment or lost. */
    function problem(xhr) {
        var body = xhr.responseJSON;
        if (body && body.refusal) {
            var refused = (body.refusal.findings || []).map(MDPS.words.lines);
            refused.forEach(function (finding) {
                answered[finding.code + finding.observed] = Date.now();
            });
            return {
                kind: "refusal",
                findings: refused.filter(function (finding) {
                    return finding.refuses;
                }),
                notRun: body.refusal.not_run || []
            };
        }
        if (body && body.error)
            return {
                kind: body.error.kind || "environment",
                findings: [MDPS.words.lines(body.error)],
                notRun: []
            };
        return {
            kind: "lost",
            findings: [
                {
                    title: gettext("No answer from OctoPrint"),
                    observed: xhr.status
                        ? gettext("Answer") + " " + xhr.status
                        : gettext("The connection is gone."),
                    allowed: gettext("A running OctoPrint and a login."),
                    nextStep: gettext("Look at the state. Then load the page again."),
                    who: "",
                    refuses: true
                }
            ],
            notRun: []
        };
    }

    function settle(promise) {
        var result = $.Deferred();
        promise.then(
            function (value) {
                result.resolve(value);
            },
            function (xhr) {
                result.reject(problem(xhr));
            }
        );
        open += 1;
        result.always(function () {
            open -= 1;
        });
        return result.promise();
    }

    return {
        /* null while an answer that may be the same "no" is on its way */
        answeredHere: function (finding) {
            if (Date.now() - (answered[finding.code + finding.observed] || 0) < ANSWERED_MS) return true;
            return open > 0 ? null : false;
        },
        get: function () {
            return settle(OctoPrint.get(path(Array.prototype.slice.call(arguments))));
        },
        post: function (verb, args) {
            return settle(OctoPrint.postJson(path([verb]), args || {}));
        },
        postForm: function (verb, form) {
            return settle(
                $.ajax({
                    url: OctoPrint.getBaseUrl() + path([verb]),
                    type: "POST",
                    headers: OctoPrint.getRequestHeaders("POST"),
                    data: form,
                    processData: false,
                    contentType: false
                })
            );
        },
        download: function (verb, args, name) {
            var result = $.Deferred();
            var request = new XMLHttpRequest();
            request.open("POST", OctoPrint.getBaseUrl() + path([verb]));
            var headers = OctoPrint.getRequestHeaders("POST");
            Object.keys(headers).forEach(function (key) {
                request.setRequestHeader(key, headers[key]);
            });
            request.setRequestHeader("Content-Type", "application/json");
            request.responseType = "blob";
            request.onload = function () {
                if (request.status !== 200) {
                    request.response.text().then(function (text) {
                        var body = null;
                        try {
                            body = JSON.parse(text);
                        } catch (fault) {
                            body = null;
                        }
                        result.reject(problem({status: request.status, responseJSON: body}));
                    });
                    return;
                }
                var link = document.createElement("a");
                link.href = URL.createObjectURL(request.response);
                link.download = name;
                link.click();
                URL.revokeObjectURL(link.href);
                result.resolve();
            };
            request.onerror = function () {
                result.reject(problem({status: 0}));
            };
            request.send(JSON.stringify(args));
            return result.promise();
        },
        href: function () {
            return OctoPrint.getBaseUrl() + path(Array.prototype.slice.call(arguments));
        }
    };
})();
