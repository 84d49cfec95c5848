/* What the person at this browser may see. Server and controller check again. */
MDPS.Roles = function (self) {
    "use strict";

    self.may = function (key) {
        var permission = self.access.permissions["PLUGIN_MDPS_" + key];
        return permission !== undefined && self.loginState.hasPermission(permission);
    };
    self.roles = ko.pureComputed(function () {
        self.loginState.userneeds();
        return ["BUILD", "RELEASE", "QUALITY", "INSPECT"].filter(self.may);
    });
    self.mayBuild = ko.pureComputed(function () {
        return self.roles().indexOf("BUILD") >= 0;
    });
    self.mayRelease = ko.pureComputed(function () {
        return self.roles().indexOf("RELEASE") >= 0;
    });
    self.mayQuality = ko.pureComputed(function () {
        return self.roles().indexOf("QUALITY") >= 0;
    });
    self.mayExport = ko.pureComputed(function () {
        return self.mayQuality() || self.roles().indexOf("INSPECT") >= 0;
    });
    self.mayRead = ko.pureComputed(function () {
        return self.roles().length > 0;
    });
    self.roleWords = ko.pureComputed(function () {
        var names = {
            BUILD: gettext("technician"),
            RELEASE: gettext("releaser"),
            QUALITY: gettext("quality manager"),
            INSPECT: gettext("inspector")
        };
        var last = self.roles().filter(function (key) {
            return key !== "INSPECT" || self.roles().length === 1;
        });
        return last.length ? names[last[last.length - 1]] : gettext("no role");
    });
};
