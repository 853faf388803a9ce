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
                '(' => new FilterToken(FilterTokenKind.Open, "(", i),
                ')' => new FilterToken(FilterTokenKind.Close, ")", i),
                ',' => new FilterToken(FilterTokenKind.Comma, ",", i),
                '\'' or '"' or '`' => ReadQuoted(filter, i),
                '=' or '!' or '<' or '>' => ReadOperator(filter, i),
                _ when char.IsAsciiDigit(c) || c is '-' or '+' => ReadNumber(filter, i),
                _ when IsWordChar(c) => ReadWord(filter, i),
                _ => throw Invalid(filter[i..]),
            };
            tokens.Add(token);
            i += Length(token);
        }
        tokens.Add(new FilterToken(FilterTokenKind.End, "", filter.Length));
        return tokens;
    }

    public static MlflowRefusal Invalid(string text) =>
        MlflowRefusal.Invalid($"Invalid clause(s) in filter string: '{MlflowRules.Shorten(text)}'");

    private static int Length(FilterToken token) =>
        token.Kind is FilterTokenKind.Text or FilterTokenKind.Quoted ? token.Text.Length + 2 : token.Text.Length;

    private static FilterToken ReadQuoted(string filter, int start)
    {
        var end = filter.IndexOf(filter[start], start + 1);
        if (end < 0)
        {
            throw Invalid(filter[start..]);
        }
        var kind = filter[start] == '`' ? FilterTokenKind.Quoted : FilterTokenKind.Text;
        return new FilterToken(kind, filter[(start + 1)..end], start) { DoubleQuoted = filter[start] == '"' };
    }

    private static FilterToken ReadOperator(string filter, int start)
    {
        var two = start + 1 < filter.Length && filter[start + 1] is '=' ? filter.Substring(start, 2) : filter.Substring(start, 1);
        return two is "=" or "!=" or "<" or "<=" or ">" or ">="
            ? new FilterToken(FilterTokenKind.Operator, two, start)
            : throw Invalid(filter[start..]);
    }

    private static FilterToken ReadNumber(string filter, int start)
    {
        var end = start + 1;
        while (end < filter.Length && (char.IsAsciiLetterOrDigit(filter[end]) || filter[end] == '.' || IsExponentSign(filter, end)))
        {
            end++;
        }
        return new FilterToken(FilterTokenKind.Number, filter[start..end], start);
    }

    private static bool IsExponentSign(string filter, int i) => filter[i] is '-' or '+' && filter[i - 1] is 'e' or 'E';

    private static FilterToken ReadWord(string filter, int start)
    {
        var end = start;
        while (end < filter.Length && IsWordChar(filter[end]))
        {
            end++;
        }
        return new FilterToken(FilterTokenKind.Word, filter[start..end], start);
    }

    private static bool IsWordChar(char c) => char.IsLetterOrDigit(c) || c is '_' or '.';
}
