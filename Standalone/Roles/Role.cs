namespace Slipway.Standalone.Roles;

/// <summary>A service as this process runs it.</summary>
/// <param name="Name">Its name in the app model.</param>
/// <param name="Assembly">The name under which it runs in a process of its own.</param>
/// <param name="Endpoints">Its endpoints, each with the address that it has unless configuration says otherwise.</param>
/// <param name="Add">Registers its services.</param>
/// <param name="Map">Maps its routes.</param>
/// <param name="StopOrder">Roles of a lower number stop first: those that send before those that receive.</param>
internal sealed record Role(
    string Name,
    string Assembly,
    IReadOnlyList<RoleEndpoint> Endpoints,
    Action<WebApplicationBuilder> Add,
    Action<WebApplication> Map,
    int StopOrder
);
