using Slipway.Registry.Api.Mlflow;

namespace Slipway.Registry.Api.Search;

/// <summary>Whether a comparison makes sense for what it compares; if not, a refusal in MLflow's words.</summary>
internal static class FilterCheck
{
    // LIKE takes time in proportion to the number of wildcards.
    private const int MaxWildcards = 100;

    private static readonly FilterOperator[] s_numeric =
    [
        FilterOperator.Equal,
        FilterOperator.NotEqual,
        FilterOperator.Less,
        FilterOperator.LessOrEqual,
        FilterOperator.Greater,
        FilterOperator.GreaterOrEqual,
    ];

    private static readonly FilterOperator[] s_text =
    [
        FilterOperator.Equal,
        FilterOperator.NotEqual,
        FilterOperator.Like,
        FilterOperator.ILike,
    ];

    public static void Operator(FilterClause clause, bool numeric, bool allowsIn)
    {
        var valid =
            (numeric ? s_numeric : s_text).Contains(clause.Operator)
            || (allowsIn && clause.Operator is FilterOperator.In or FilterOperator.NotIn);
        if (!valid)
        {
            throw MlflowRefusal.Invalid(
                $"Invalid comparator '{MlflowRules.Shorten(clause.Comparator)}' for '{MlflowRules.Shorten(clause.Key)}'. Invalid comparison operator: expected one of {(numeric ? "'=', '!=', '<', '<=', '>', '>='" : "'=', '!=', 'LIKE', 'ILIKE'")}{(allowsIn ? ", 'IN', 'NOT IN'" : "")}."
            );
        }
    }

    public static void Values(FilterClause clause, SearchEntity entity, bool numeric)
    {
        foreach (var value in clause.Values)
        {
            if (numeric ? value.Number is null : !value.IsQuoted)
            {
                throw WrongType(clause.Key, entity, numeric, value);
            }
        }
        if (clause.Operator is FilterOperator.Like or FilterOperator.ILike && clause.Values[0].Text.Count(c => c is '%') > MaxWildcards)
        {
            throw MlflowRefusal.Invalid($"The pattern of {clause.Comparator} has more than {MaxWildcards} wildcards.");
        }
    }

    private static MlflowRefusal WrongType(string key, SearchEntity entity, bool numeric, FilterValue value)
    {
        var (name, found) = (MlflowRules.Shorten(key), MlflowRules.Shorten(value.IsQuoted ? $"'{value.Text}'" : value.Text));
        if (numeric)
        {
            return MlflowRefusal.Invalid(
                entity == SearchEntity.Metric
                    ? $"Expected numeric value type for metric. Found {found}"
                    : $"Expected numeric value type for numeric attribute: {name}. Found {found}"
            );
        }
        if (value.Number is null)
        {
            return MlflowRefusal.Invalid(
                $"Parameter value is either not quoted or unidentified quote types used for string value {found}. Use either single or double quotes."
            );
        }
        return MlflowRefusal.Invalid(
            entity switch
            {
                SearchEntity.Param => $"Expected a quoted string value for parameter (e.g. 'my-value'). Got value {found}",
                SearchEntity.Tag => $"Expected a quoted string value for tag (e.g. 'my-value'). Got value {found}",
                SearchEntity.Dataset => $"Expected a quoted string value for dataset attributes. Got value {found}",
                _ => $"Expected a quoted string value for attributes. Got value {found}",
            }
        );
    }
}
