using Slipway.Registry.Api.Mlflow;

namespace Slipway.Registry.Api.Search;

/// <summary>Cuts a filter into tokens, in one pass.</summary>
internal static class FilterLexer
{
    public static List<FilterToken> Read(string filter)
    {
        var tokens = new List<FilterToken>();
        var i = 0;
        while (i < filter.Length)
        {
            var c = filter[i];
            if (char.IsWhiteSpace(c))
            {
                i++;
                continue;
            }
            var token = c switch
            {
                '(' => new FilterToken(FilterTokenKind.Open, "(", i, 1),
                ')' => new FilterToken(FilterTokenKind.Close, ")", i, 1),
                ',' => new FilterToken(FilterTokenKind.Comma, ",", i, 1),
                ';' => new FilterToken(FilterTokenKind.Semicolon, ";", i, 1),
                '\'' or '"' or '`' => ReadQuoted(filter, i),
                _ when IsOperatorChar(c) => ReadWhile(FilterTokenKind.Operator, filter, i, IsOperatorChar),
                _ when IsNumberStart(filter, i) => ReadNumber(filter, i),
                _ when IsWordChar(c) => ReadWhile(FilterTokenKind.Word, filter, i, IsWordChar),
                _ => throw Invalid(filter[i..]),
            };
            tokens.Add(token);
            i = token.End;
        }
        tokens.Add(new FilterToken(FilterTokenKind.End, "", filter.Length, 0));
        return tokens;
    }

    public static MlflowRefusal Invalid(string text) =>
        MlflowRefusal.Invalid($"Invalid clause(s) in filter string: '{MlflowRules.Shorten(text)}'");

    private static FilterToken ReadQuoted(string filter, int start)
    {
        var end = filter.IndexOf(filter[start], start + 1);
        if (end < 0)
        {
            throw Invalid(filter[start..]);
        }
        var kind = filter[start] == '`' ? FilterTokenKind.Quoted : FilterTokenKind.Text;
        return new FilterToken(kind, filter[(start + 1)..end], start, end + 1 - start) { DoubleQuoted = filter[start] == '"' };
    }

    private static FilterToken ReadNumber(string filter, int start)
    {
        var end = start + 1;
        while (end < filter.Length && (char.IsAsciiLetterOrDigit(filter[end]) || filter[end] == '.' || IsExponentSign(filter, end)))
        {
            end++;
        }
        return new FilterToken(FilterTokenKind.Number, filter[start..end], start, end - start);
    }

    private static FilterToken ReadWhile(FilterTokenKind kind, string filter, int start, Func<char, bool> belongs)
    {
        var end = start;
        while (end < filter.Length && belongs(filter[end]))
        {
            end++;
        }
        return new FilterToken(kind, filter[start..end], start, end - start);
    }

    private static bool IsNumberStart(string filter, int i) =>
        char.IsAsciiDigit(filter[i])
        || (filter[i] is '-' or '+' or '.' && i + 1 < filter.Length && (char.IsAsciiDigit(filter[i + 1]) || IsPoint(filter, i + 1)));

    private static bool IsPoint(string filter, int i) => filter[i] == '.' && i + 1 < filter.Length && char.IsAsciiDigit(filter[i + 1]);

    private static bool IsExponentSign(string filter, int i) => filter[i] is '-' or '+' && filter[i - 1] is 'e' or 'E';

    private static bool IsOperatorChar(char c) => c is '=' or '!' or '<' or '>' or '~';

    private static bool IsWordChar(char c) => char.IsLetterOrDigit(c) || c is '_' or '.';
}
