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
    Semicolon,
    End,
}

/// <summary>A piece of a filter: <see cref="Text"/> without its quotes, and where it stands.</summary>
internal readonly record struct FilterToken(FilterTokenKind Kind, string Text, int Start, int Length)
{
    /// <summary>In double quotes: a value where a value is due, a key where a key is due.</summary>
    public bool DoubleQuoted { get; init; }

    public int End => Start + Length;

    /// <summary>Whether it may be a part of a key, such as the second half of <c>metrics."my key"</c>.</summary>
    public bool IsQuotedKey => Kind == FilterTokenKind.Quoted || (Kind == FilterTokenKind.Text && DoubleQuoted);
}
