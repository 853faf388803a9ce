using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Contracts;
using Slipway.Contracts.Registry;
using Slipway.Registry.Api.Data;

namespace Slipway.Registry.Api.Audit;

/// <summary>Changes of promotions and endpoints.</summary>
internal static class DeliveryChanges
{
    public static Change PromotionRequested(string model, PromotionRow promotion) =>
        new("promotion.requested", Of(model, promotion)) { Model = model, After = State(model, promotion) };

    /// <summary>The promotion after its decision; it was pending before.</summary>
    public static Change PromotionDecided(string model, PromotionRow promotion, string before)
    {
        var was = State(model, promotion);
        was["status"] = before;
        var state = State(model, promotion);
        state["previous_version"] = promotion.PreviousVersion?.ToString(CultureInfo.InvariantCulture);
        state["gates"] = JsonNode.Parse(promotion.Gates);
        return new("promotion.decided", Of(model, promotion))
        {
            Model = model,
            Before = was,
            After = state,
        };
    }

    /// <summary>An endpoint that was created (nothing before), changed or deleted (nothing after).</summary>
    public static Change Endpoint(string name, EndpointDefinition? before, EndpointDefinition? after)
    {
        var verb =
            before is null ? "created"
            : after is null ? "deleted"
            : "updated";
        return new($"endpoint.{verb}", $"endpoints/{name}") { Before = State(before), After = State(after) };
    }

    private static string Of(string model, PromotionRow promotion) => $"{ModelChanges.Of(model)}/promotions/{promotion.Id}";

    private static JsonObject State(string model, PromotionRow promotion) =>
        new()
        {
            ["id"] = promotion.Id.ToString(),
            ["name"] = model,
            ["version"] = promotion.Version.ToString(CultureInfo.InvariantCulture),
            ["environment"] = promotion.Environment,
            ["status"] = promotion.Status,
            ["comment"] = promotion.Comment,
        };

    private static JsonObject? State(EndpointDefinition? endpoint) =>
        endpoint is null ? null : (JsonObject?)JsonSerializer.SerializeToNode(endpoint, ContractsJson.Default.EndpointDefinition);
}
