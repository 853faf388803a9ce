/// <summary>Who may use the registry in a cluster: an admin, and the other services, with secrets that are generated at the first install.</summary>
internal static class RegistryAccess
{
    /// <summary>Turns access control on, and gives each service a token and the registry its roles.</summary>
    public static void PublishWithAccessControl(
        this IResourceBuilder<ProjectResource> registry,
        IDistributedApplicationBuilder builder,
        IReadOnlyList<(IResourceBuilder<ProjectResource> Service, string Roles)> clients
    )
    {
        // Names under which an ingress reaches the registry, comma-separated.
        var hosts = builder.AddParameter("registry-hosts", "", publishValueAsDefault: true);
        registry
            .WithEnvironment("Registry__Access__Mode", "On")
            .WithEnvironment("Registry__Access__AdminPassword", Secret(builder, "registry-admin-password"))
            .WithEnvironment("Slipway__AllowedHosts", hosts);
        foreach (var (service, roles) in clients)
        {
            var token = Secret(builder, $"registry-token-{service.Resource.Name}");
            var account = $"Registry__Access__Services__{service.Resource.Name}__";
            registry.WithEnvironment(account + "Token", token).WithEnvironment(account + "Roles", roles);
            service.WithEnvironment("Slipway__Tokens__registry", token);
        }
    }

    private static IResourceBuilder<ParameterResource> Secret(IDistributedApplicationBuilder builder, string name) =>
        builder.AddParameter(name, new GenerateParameterDefault { MinLength = 24, Special = false }, secret: true);
}
