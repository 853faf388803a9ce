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
    private readonly StringBuilder _text = new();
    private readonly List<SecretReference> _secrets = [];

    private HelmValue() { }

    /// <summary>The text, with secrets as <c>$(NAME)</c>.</summary>
    public string Text => _text.ToString();

    /// <summary>The secrets that the text needs.</summary>
    public IReadOnlyList<SecretReference> Secrets => _secrets;

    /// <summary>The one secret that is the whole value, or null.</summary>
    public SecretReference? WholeSecret => _secrets is [var only] && Text == $"$({only.Variable})" ? only : null;

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
                _text.Append(Escape(format == "uri" ? Uri.EscapeDataString(text) : text));
                break;
            case ParameterResource { Secret: true } parameter:
                var secret = new SecretReference(parameter.Name, format == "uri");
                _secrets.Add(secret);
                _text.Append("$(").Append(secret.Variable).Append(')');
                break;
            case ParameterResource parameter:
                _text
                    .Append("{{ .Values.parameters.")
                    .Append(HelmNames.Key(parameter.Name))
                    .Append(format == "uri" ? " | urlquery }}" : " }}");
                break;
            case EndpointReference endpoint:
                _text.Append($"{endpoint.Scheme}://{Host(endpoint)}:{Port(endpoint)}");
                break;
            case EndpointReferenceExpression part:
                _text.Append(Part(part));
                break;
            case ConnectionStringReference connection:
                Append(connection.Resource.ConnectionStringExpression, format);
                break;
            case IResourceWithConnectionString resource:
                Append(resource.ConnectionStringExpression, format);
                break;
            case ReferenceExpression expression:
                AppendExpression(expression);
                break;
            case IResourceBuilder<IResource> builder:
                Append(builder.Resource, format);
                break;
            default:
                throw new DistributedApplicationException($"A value of type {value.GetType()} cannot be written into a chart.");
        }
    }

    private void AppendExpression(ReferenceExpression expression)
    {
        var end = 0;
        foreach (var hole in Hole().Matches(expression.Format).Cast<Match>())
        {
            AppendLiteral(expression.Format[end..hole.Index]);
            end = hole.Index + hole.Length;
            var index = int.Parse(hole.Groups[1].ValueSpan, System.Globalization.CultureInfo.InvariantCulture);
            Append(expression.ValueProviders[index], expression.StringFormats[index]);
        }
        AppendLiteral(expression.Format[end..]);
    }

    // A literal in a composite format has its braces doubled.
    private void AppendLiteral(string literal) =>
        _text.Append(Escape(literal.Replace("{{", "{", StringComparison.Ordinal).Replace("}}", "}", StringComparison.Ordinal)));

    private static string Part(EndpointReferenceExpression part) =>
        part.Property switch
        {
            EndpointProperty.Url => $"{part.Endpoint.Scheme}://{Host(part.Endpoint)}:{Port(part.Endpoint)}",
            EndpointProperty.Host or EndpointProperty.IPV4Host => Host(part.Endpoint),
            EndpointProperty.Port => Port(part.Endpoint),
            EndpointProperty.Scheme => part.Endpoint.Scheme,
            EndpointProperty.TargetPort => (part.Endpoint.TargetPort ?? part.Endpoint.EndpointAnnotation.Port)?.ToString(
                System.Globalization.CultureInfo.InvariantCulture
            ) ?? "",
            EndpointProperty.HostAndPort => $"{Host(part.Endpoint)}:{Port(part.Endpoint)}",
            _ => throw new DistributedApplicationException($"The endpoint property {part.Property} cannot be written into a chart."),
        };

    private static string Host(EndpointReference endpoint) => HelmNames.Service(endpoint.Resource);

    private static string Port(EndpointReference endpoint) =>
        HelmNames.ServicePort(endpoint.EndpointAnnotation).ToString(System.Globalization.CultureInfo.InvariantCulture);

    // "$(" starts an expansion in Kubernetes, "{{" one in Helm: both are written so that they come out as they were.
    private static string Escape(string text) =>
        text.Replace("$(", "$$(", StringComparison.Ordinal).Replace("{{", "{{ `{{` }}", StringComparison.Ordinal);

    [GeneratedRegex(@"(?<!\{)\{(\d+)\}")]
    private static partial Regex Hole();
}
