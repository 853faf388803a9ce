using Slipway.Contracts.Mlflow;
using Slipway.Registry.Api.Search;

namespace Slipway.Registry.Api.Models;

/// <summary>MLflow's prompts: registered models, and versions, with a tag.</summary>
internal static class Prompts
{
    public const string TagKey = "mlflow.prompt.is_prompt";
    private const string Yes = "true";

    public static bool Is(IEnumerable<MlflowKeyValue> tags) =>
        tags.Any(tag => tag.Key == TagKey && tag.Value.Equals(Yes, StringComparison.OrdinalIgnoreCase));

    /// <summary>
    /// Whether a comparison is the question of MLflow's clients: <c>= 'true'</c>, <c>= 'false'</c> or <c>!= 'true'</c>. The last two must match what has no such
    /// tag at all, which a comparison of tags never does.
    /// </summary>
    public static bool IsAskedFor(FilterClause clause) =>
        clause is { Entity: "tag" or "tags", Key: TagKey, Operator: FilterOperator.Equal or FilterOperator.NotEqual };

    /// <summary>Whether that question asks for prompts.</summary>
    public static bool Wants(FilterClause clause) => (clause.Operator == FilterOperator.Equal) == (clause.Values[0].Text == Yes);
}
