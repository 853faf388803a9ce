using Npgsql;

namespace Slipway.Registry.Api.Data;

/// <summary>Connections of their own for <see cref="Gatherer{T}"/>s whose statements look rows up by keys: see <see cref="RegistryDataSource.CreateForFixedPlans"/>.</summary>
internal sealed class FixedPlanSource(NpgsqlDataSource source) : IAsyncDisposable, IDisposable
{
    /// <summary>As many as the turns that points and aliases take at once.</summary>
    public const int MaxConnections = 5;

    public NpgsqlDataSource Source => source;

    public ValueTask DisposeAsync() => source.DisposeAsync();

    public void Dispose() => source.Dispose();
}
