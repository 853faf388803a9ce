namespace Slipway.Registry.Api.Search;

/// <summary>The comparisons of MLflow's filter grammar.</summary>
internal enum FilterOperator
{
    /// <summary>Signs that mean nothing, such as <c>==</c> or <c>~</c>.</summary>
    Unknown,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Like,
    ILike,
    In,
    NotIn,
    IsNull,
    IsNotNull,
}
