package org.promisegrid.server.rest;

import java.util.List;
import org.eclipse.microprofile.openapi.OASFactory;
import org.eclipse.microprofile.openapi.OASFilter;
import org.eclipse.microprofile.openapi.models.Operation;
import org.eclipse.microprofile.openapi.models.responses.APIResponses;

/// Says of every operation how it may be refused: the same for all, since all go the same way.
public final class Refusals implements OASFilter {

  private static final List<String> STATUSES =
      List.of("400", "401", "403", "404", "409", "413", "422", "500", "501", "503", "504");

  @Override
  public Operation filterOperation(Operation operation) {
    APIResponses responses = operation.getResponses();
    for (String status : STATUSES) {
      responses.addAPIResponse(status, OASFactory.createAPIResponse().ref("Refusal"));
    }
    return operation;
  }
}
