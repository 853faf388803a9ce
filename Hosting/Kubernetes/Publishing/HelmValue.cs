using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Kubernetes.Publishing;

/// <summary>
/// The value of an environment variable as a chart writes it: text for Helm, in which secrets stand as <c>$(NAME)</c>, the form that Kubernetes itself
/// expands from the container's other variables. So a secret stands once in the cluster, and no copy of it in a connection string.
/// </summary>
internal sealed partial class HelmValue
{
    private readonly List<(string Text, Kind Kind)> _parts = [];
    private readonly List<SecretReference> _secrets = [];

    private HelmValue() { }

    private enum Kind
    {
        Literal = 0,

        /// <summary>An expression of Helm that gives any text.</summary>
        Expression = 1,
        Secret = 2,
    }

    /// <summary>The text, with secrets as <c>$(NAME)</c>. It has to stand inside a double-quoted YAML string.</summary>
    public string Text => string.Concat(_parts.Select(Write));

    /// <summary>The secrets that the text needs.</summary>
    public IReadOnlyList<SecretReference> Secrets => _secrets;

    /// <summary>The one secret that is the whole value, or null.</summary>
    public SecretReference? WholeSecret => _parts is [{ Kind: Kind.Secret }] ? _secrets[0] : null;

    /// <summary>Resolves what an environment callback put under a variable's name.</summary>
    public static HelmValue From(object value)
    {
        var result = new HelmValue();
        result.Append(value, null);
        return result;
    }

    private void Append(object value, string? format)
    {
        switch (value)
        {
            case string text:
                AddLiteral(format == "uri" ? Uri.EscapeDataString(text) : text);
                break;
            case ParameterResource { Secret: true } parameter:
                var secret = new SecretReference(parameter.Name, format == "uri");
                _secrets.Add(secret);
                _parts.Add((secret.Variable, Kind.Secret));
                break;
            case ParameterResource parameter:
                var key = $".Values.parameters.{HelmNames.Key(parameter.Name)} | toString";
                // urlquery writes a space as "+", which only a query may.
                _parts.Add((format == "uri" ? $"{key} | urlquery | replace `+` `%20`" : key, Kind.Expression));
                break;
            case EndpointReference endpoint:
                AddLiteral($"{endpoint.Scheme}://{Host(endpoint)}:{Port(endpoint)}");
                break;
            case EndpointReferenceExpression part:
                AddLiteral(Part(part));
                break;
            case ConnectionStringReference connection:
                Append(connection.Resource.ConnectionStringExpression, format);
                break;
            case IResourceWithConnectionString resource:
                Append(resource.ConnectionStringExpression, format);
                break;
            case ReferenceExpression expression:
                AppendExpression(expression, format);
                break;
            case IResourceBuilder<IResource> builder:
                Append(builder.Resource, format);
                break;
            default:
                throw new DistributedApplicationException($"A value of type {value.GetType()} cannot be written into a chart.");
        }
    }

    // The format of a hole holds for all that an expression in it is made of: a user name in a URI, which is an expression itself.
    private void AppendExpression(ReferenceExpression expression, string? format)
    {
        var end = 0;
        foreach (var token in Token().Matches(expression.Format).Cast<Match>())
        {
            Append(expression.Format[end..token.Index], format);
            end = token.Index + token.Length;
            if (token.Groups[1].Success)
            {
                var index = int.Parse(token.Groups[1].ValueSpan, CultureInfo.InvariantCulture);
                Append(expression.ValueProviders[index], expression.StringFormats[index] ?? format);
            }
            else
            {
                Append(token.Value[..1], format);
            }
        }
        Append(expression.Format[end..], format);
    }

    private void AddLiteral(string text)
    {
        // Joined with what is before it: two braces that come one after the other must be seen as the two that they are.
        if (_parts is [.., (var before, Kind.Literal)])
        {
            _parts[^1] = (before + text, Kind.Literal);
        }
        else if (text.Length > 0)
        {
            _parts.Add((text, Kind.Literal));
        }
    }

    private static string Part(EndpointReferenceExpression part) =>
        part.Property switch
        {
            EndpointProperty.Url => $"{part.Endpoint.Scheme}://{Host(part.Endpoint)}:{Port(part.Endpoint)}",
            EndpointProperty.Host or EndpointProperty.IPV4Host => Host(part.Endpoint),
            EndpointProperty.Port => Port(part.Endpoint),
            EndpointProperty.Scheme => part.Endpoint.Scheme,
            EndpointProperty.TargetPort => HelmNames.ContainerPort(part.Endpoint.EndpointAnnotation).ToString(CultureInfo.InvariantCulture),
            EndpointProperty.HostAndPort => $"{Host(part.Endpoint)}:{Port(part.Endpoint)}",
            EndpointProperty.TlsEnabled => part.Endpoint.TlsEnabled ? bool.TrueString : bool.FalseString,
            _ => throw new DistributedApplicationException($"The endpoint property {part.Property} cannot be written into a chart."),
        };

    private static string Host(EndpointReference endpoint) => HelmNames.Service(endpoint.Resource);

    private static string Port(EndpointReference endpoint) =>
        HelmNames.ServicePort(endpoint.EndpointAnnotation).ToString(CultureInfo.InvariantCulture);

    private string Write((string Text, Kind Kind) part) =>
        part.Kind switch
        {
            Kind.Secret => $"$({part.Text})",
            // As JSON without its quotes: what may stand between the quotes of YAML. A dot takes any character, so the expression itself needs no quote.
            Kind.Expression => $"{{{{ regexReplaceAll `^.|.$` ({part.Text}{(Expands ? " | replace `$` `$$`" : "")} | toJson) `` }}}}",
            _ => Escape(Expands ? part.Text.Replace("$", "$$", StringComparison.Ordinal) : part.Text),
        };

    // Kubernetes expands $(NAME), and reads $$ as one $, in a container's own variables; what comes from a ConfigMap it takes as it is.
    private bool Expands => _secrets.Count > 0;

    // A brace before another one, or before what may be an expression, would begin one.
    private static string Escape(string text) => OpeningBrace().Replace(text, "{{ `{` }}");

    [GeneratedRegex(@"\{(?=\{|\z)")]
    private static partial Regex OpeningBrace();

    // A literal brace is doubled in a composite format.
    [GeneratedRegex(@"\{\{|\}\}|\{(\d+)\}")]
    private static partial Regex Token();
}
