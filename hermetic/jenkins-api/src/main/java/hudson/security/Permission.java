package hudson.security;

import org.jvnet.localizer.Localizable;

/** A plain value. */
public final class Permission {
    public static final PermissionGroup HUDSON_PERMISSIONS = new PermissionGroup(Permission.class, null);

    public static final Permission HUDSON_ADMINISTER =
            new Permission(HUDSON_PERMISSIONS, "Administer", null, null, PermissionScope.JENKINS);

    public static final PermissionGroup GROUP = new PermissionGroup(Permission.class, null);

    public static final Permission READ = generic("GenericRead");

    public static final Permission CREATE = generic("GenericCreate");

    public static final Permission UPDATE = generic("GenericUpdate");

    public static final Permission DELETE = generic("GenericDelete");

    public static final Permission CONFIGURE = generic("GenericConfigure");

    public final Class owner;

    public final PermissionGroup group;

    public final String name;

    public final Permission impliedBy;

    private static Permission generic(String name) {
        return new Permission(GROUP, name, null, HUDSON_ADMINISTER, PermissionScope.JENKINS);
    }

    public Permission(
            PermissionGroup group, String name, Localizable description, Permission impliedBy, PermissionScope scope) {
        this.owner = group.owner;
        this.group = group;
        this.name = name;
        this.impliedBy = impliedBy;
    }

    public String getId() {
        return owner.getName() + "." + name;
    }

    @Override
    public String toString() {
        return "Permission[" + owner + "," + name + "]";
    }
}
