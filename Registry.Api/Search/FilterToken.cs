namespace Slipway.Registry.Api.Search;

internal enum FilterTokenKind
{
    /// <summary>A bare word, which may hold dots, such as <c>tags.mlflow.user</c>.</summary>
    Word,

    /// <summary>Text in back-ticks.</summary>
    Quoted,

    /// <summary>Text in single or double quotes.</summary>
    Text,
    Number,
    Operator,
    Open,
    Close,
    Comma,
    End,
}

internal readonly record struct FilterToken(FilterTokenKind Kind, string Text, int Position)
{
    /// <summary>In double quotes: a value where a value is due, a key where a key is due.</summary>
    public bool DoubleQuoted { get; init; }
}
