package com.cloudbees.plugins.credentials;

public class CredentialsMatchers {
    private CredentialsMatchers() {}

    public static CredentialsMatcher always() {
        return item -> true;
    }

    public static CredentialsMatcher instanceOf(Class type) {
        return type::isInstance;
    }

    public static CredentialsMatcher withId(String id) {
        return item -> item instanceof com.cloudbees.plugins.credentials.common.IdCredentials named
                && id.equals(named.getId());
    }
}
