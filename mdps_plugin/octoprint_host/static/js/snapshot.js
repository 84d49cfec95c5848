/* The newest snapshot of the controller in this browser, and how long it may be believed.

   Decides nothing: it shows what the controller said. After 5 s without a word the snapshot is
   thrown away, so that no screen can show an old value as a current one. */
MDPS.Snapshot = function () {
    "use strict";
    var self = this;
    var SILENT_MS = 5000;

    self.link = ko.observable("asking");
    self.silentFor = ko.observable(0);
    self.value = ko.observable(null);
    self.wanted = false;

    var heardAt = Date.now();
    var asking = false;

    function merge(target, patch) {
        if (patch === null || typeof patch !== "object" || Array.isArray(patch)) return patch;
        var known = target !== null && typeof target === "object" && !Array.isArray(target);
        var result = known ? $.extend({}, target) : {};
        Object.keys(patch).forEach(function (key) {
            if (patch[key] === null) delete result[key];
            else result[key] = merge(result[key], patch[key]);
        });
        return result;
    }

    function alive() {
        heardAt = Date.now();
        if (self.link() !== "alive" && self.value()) self.link("alive");
    }

    function silent() {
        self.silentFor(Math.round((Date.now() - heardAt) / 1000));
        if (self.link() !== "silent") {
            self.link("silent");
            self.value(null);
        }
    }

    self.ask = function () {
        if (asking || !self.wanted) return;
        asking = true;
        MDPS.api
            .get("snapshot")
            .done(function (state) {
                self.value(state);
                alive();
            })
            .fail(function () {
                silent();
            })
            .always(function () {
                asking = false;
            });
    };

    self.onMessage = function (message) {
        if (message.type === "silent") {
            heardAt = Math.min(heardAt, Date.now() - message.silent_s * 1000);
            silent();
        } else if (message.type === "alive") {
            if (self.value()) alive();
            else self.ask();
        } else if (message.type === "state") {
            var own = self.value();
            if (own && message.patch && message.base === own.seq) {
                self.value(merge(own, message.patch));
                alive();
            } else if (own && message.seq === own.seq) {
                alive();
            } else {
                /* A gap, or a controller that began to count anew. */
                self.ask();
            }
        }
    };

    self.lost = silent;

    setInterval(function () {
        if (self.wanted && Date.now() - heardAt >= SILENT_MS) silent();
    }, 500);
};
