using System.Text;
using Microsoft.AspNetCore.Http.HttpResults;
using Slipway.Contracts;
using Slipway.Contracts.Inference;

namespace Slipway.Inference.Service.Served;

/// <summary>What is served, as JSON and as a page.</summary>
internal static class ServedApi
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/", GetPage);
        routes.MapGet("/api/v1/served", GetServed);
    }

    private static JsonHttpResult<ServedModels> GetServed(ServedReport report) =>
        TypedResults.Json(report.Create(), ContractsJson.Default.ServedModels);

    private static ContentHttpResult GetPage(ServedReport report) =>
        TypedResults.Content(ServedPage.Render(report.Create()), "text/html", Encoding.UTF8);
}
