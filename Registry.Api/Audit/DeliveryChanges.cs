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

    /// <summary>What a person did to a promotion; a rejection or withdrawal decides it.</summary>
    public static Change PromotionActed(string model, PromotionRow promotion, PromotionEventRow step, string before)
    {
        if (promotion.Status != before)
        {
            var decided = PromotionDecided(model, promotion, before);
            decided.After!["by"] = step.Actor;
            return decided;
        }
        var state = State(model, promotion);
        state["by"] = step.Actor;
        state["text"] = step.Text;
        return new($"promotion.{step.Kind}", Of(model, promotion))
        {
            Model = model,
            Before = State(model, promotion),
            After = state,
        };
    }

    /// <summary>A model's own policy for an environment, as JSON: set (nothing before where it is new), or deleted (nothing after).</summary>
    public static Change Policy(string model, string environment, string? before, string? after) =>
        Document("model_policy", model, $"policies/{environment}", before, after);

    /// <summary>A consumer's declaration, as JSON: set (nothing before where it is new), or deleted (nothing after).</summary>
    public static Change Consumer(string model, string consumer, string? before, string? after) =>
        Document("model_consumer", model, $"consumers/{consumer}", before, after);

    private static Change Document(string entity, string model, string path, string? before, string? after) =>
        new($"{entity}.{(after is null ? "deleted" : "set")}", $"{ModelChanges.Of(model)}/{path}")
        {
            Model = model,
            Before = before is null ? null : JsonNode.Parse(before)!.AsObject(),
            After = after is null ? null : JsonNode.Parse(after)!.AsObject(),
        };

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
            ["requested_by"] = promotion.RequestedBy,
        };

    private static JsonObject? State(EndpointDefinition? endpoint) =>
        endpoint is null ? null : (JsonObject?)JsonSerializer.SerializeToNode(endpoint, ContractsJson.Default.EndpointDefinition);
}
