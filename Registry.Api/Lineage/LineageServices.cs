namespace Slipway.Registry.Api.Lineage;

/// <summary>The lineage's services.</summary>
internal static class LineageServices
{
    public static void AddLineage(this WebApplicationBuilder builder)
    {
        builder.Services.AddHttpClient(LineageNeighbourFactory.Monitoring, http => http.BaseAddress = new Uri("http://monitoring/"));
        builder.Services.AddHttpClient(LineageNeighbourFactory.Training, http => http.BaseAddress = new Uri("http://training/"));
        builder.Services.AddSingleton<LineageTables>().AddSingleton<LineageNeighbourFactory>();
    }
}
