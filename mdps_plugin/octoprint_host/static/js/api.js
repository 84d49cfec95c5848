/* Requests to the plugin's own routes. Every "no" comes back as a list of four-line findings. */
MDPS.api = (function () {
    "use strict";

    var BASE = "plugin/mdps/";

    function path(parts) {
        return BASE + parts.map(encodeURIComponent).join("/");
    }

    /* {kind, findings}: kind is refusal, document, usage, signature, permission, transition,
       environment or lost. */
    function problem(xhr) {
        var body = xhr.responseJSON;
        if (body && body.refusal) {
            var refused = (body.refusal.findings || []).map(MDPS.words.lines);
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
        return result.promise();
    }

    return {
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
