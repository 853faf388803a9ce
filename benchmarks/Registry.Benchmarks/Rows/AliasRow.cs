namespace Slipway.Registry.Benchmarks.Rows;

/// <summary>Looking up which version an alias names: what a server of models asks again and again.</summary>
internal static class AliasRow
{
    public static async Task PrepareAsync(RegistryClient api, CancellationToken ct)
    {
        await api.PutAsync("0/bench/artifacts/model/MLmodel", "flavors: {}"u8.ToArray(), ct);
        await api.PostAsync("registered-models/create", """{"name":"bench"}""", ct);
        await api.PostAsync("model-versions/create", """{"name":"bench","source":"mlflow-artifacts:/0/bench/artifacts/model"}""", ct);
        await api.PostAsync("registered-models/alias", """{"name":"bench","alias":"champion","version":"1"}""", ct);
    }

    public static Task GetAsync(RegistryClient api, CancellationToken ct) =>
        api.GetAsync("api/2.0/mlflow/registered-models/alias?name=bench&alias=champion", ct);
}
