using Aspire.Hosting.Local;
using Slipway.Messaging;
using Slipway.Registry.Api.Data;
using Slipway.ServiceDefaults;

namespace Slipway.Registry.Api.Alone;

/// <summary>The servers that a registry of its own brings with it. Disposing stops them: after the registry.</summary>
internal sealed class OwnServers : IAsyncDisposable
{
    private readonly LocalPostgres? _postgres;

    private OwnServers(LocalPostgres? postgres) => _postgres = postgres;

    /// <summary>Starts what the configuration does not name, and tells it what was started.</summary>
    public static async Task<OwnServers> StartAsync(WebApplicationBuilder builder, CommandLine line, CancellationToken ct)
    {
        if (!line.IsAlone)
        {
            return new OwnServers(null);
        }
        if (string.IsNullOrWhiteSpace(builder.Configuration.GetConnectionString(MessagingOptions.ConnectionName)))
        {
            builder.Services.AddSingleton(new InProcessBus());
        }
        var postgres = string.IsNullOrWhiteSpace(builder.Configuration.GetConnectionString(RegistryDataSource.ConnectionName))
            ? await LocalPostgres.StartAsync(Options(line), ct)
            : null;
        var settings = new Dictionary<string, string?> { [DataFolderExtensions.DataPathKey] = postgres?.DataPath ?? line.DataPath };
        if (postgres is not null)
        {
            settings[$"ConnectionStrings:{RegistryDataSource.ConnectionName}"] = postgres.ConnectionString;
            builder.Services.AddHostedService(services => ActivatorUtilities.CreateInstance<OwnDatabase>(services, postgres));
        }
        builder.Configuration.AddInMemoryCollection(settings);
        return new OwnServers(postgres);
    }

    public async ValueTask DisposeAsync()
    {
        if (_postgres is not null)
        {
            await _postgres.DisposeAsync();
        }
    }

    private static LocalPostgresOptions Options(CommandLine line) =>
        new()
        {
            DataPath = line.DataPath,
            Throwaway = line.Throwaway,
            DatabaseName = "registry",
            TemplateKey = string.Join(' ', DatabaseMigration.Ids),
            FillTemplate = DatabaseMigration.RunAsync,
        };
}
