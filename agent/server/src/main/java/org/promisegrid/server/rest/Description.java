package org.promisegrid.server.rest;

import jakarta.ws.rs.core.Application;
import org.eclipse.microprofile.openapi.annotations.Components;
import org.eclipse.microprofile.openapi.annotations.OpenAPIDefinition;
import org.eclipse.microprofile.openapi.annotations.enums.SecuritySchemeType;
import org.eclipse.microprofile.openapi.annotations.info.Info;
import org.eclipse.microprofile.openapi.annotations.info.License;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.security.SecurityRequirement;
import org.eclipse.microprofile.openapi.annotations.security.SecurityScheme;

/// What is said of the interface as a whole. Each operation's own words stand with it.
@OpenAPIDefinition(
    info =
        @Info(
            title = "PromiseGrid agent",
            version = "1",
            description =
                "Each operation is one call of one kernel function; docs/protocols says what they"
                    + " do, and its README.md which is which. Paths have no version: fields and"
                    + " codes are only added.",
            license = @License(name = "Apache-2.0")),
    security = @SecurityRequirement(name = "token"),
    components =
        @Components(
            responses =
                @APIResponse(
                    name = "Refusal",
                    description = "Why nothing was promised; `code` tells",
                    content =
                        @Content(
                            mediaType = Problem.MEDIA_TYPE,
                            schema = @Schema(implementation = Schemas.Refusal.class)))))
@SecurityScheme(
    securitySchemeName = "token",
    type = SecuritySchemeType.HTTP,
    scheme = "bearer",
    bearerFormat = "base64url of a chain of tokens (docs/protocols/token.md)")
public final class Description extends Application {}
