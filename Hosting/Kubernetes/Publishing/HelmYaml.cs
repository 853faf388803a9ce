using System.Text.RegularExpressions;
using Aspire.Hosting.Kubernetes.Resources;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlDotNet.Serialization;
using YamlDotNet.Serialization.EventEmitters;
using YamlDotNet.Serialization.NamingConventions;

namespace Aspire.Hosting.Kubernetes.Publishing;

/// <summary>
/// Writes objects as YAML templates: strings quoted where they could be read as something else, nothing that is null or empty. A string made by <see cref="Raw"/> becomes
/// a bare template expression, for values that must not be strings.
/// </summary>
internal static partial class HelmYaml
{
    private const string Open = "<<helm:";
    private const string Close = ":helm>>";

    private static readonly ISerializer s_serializer = new SerializerBuilder()
        .WithNamingConvention(CamelCaseNamingConvention.Instance)
        .ConfigureDefaultValuesHandling(DefaultValuesHandling.OmitNull | DefaultValuesHandling.OmitEmptyCollections)
        .WithTypeConverter(new Int32OrStringConverter())
        .WithEventEmitter(next => new QuotedTemplates(next))
        .WithQuotingNecessaryStrings(true)
        .WithIndentedSequences()
        .DisableAliases()
        .WithNewLine("\n")
        .Build();

    /// <summary>A template expression that stands unquoted: <c>{{ … }}</c> around <paramref name="expression"/>, which holds no quotes (Helm takes backquotes).</summary>
    public static string Raw(string expression) => Open + expression + Close;

    /// <summary>The YAML of <paramref name="value"/>.</summary>
    public static string Write(object value) =>
        RawExpression().Replace(s_serializer.Serialize(value), m => "{{" + Unquote(m.Groups[1].Value) + "}}");

    // Inside a double-quoted scalar, quotes of the expression were escaped.
    private static string Unquote(string text) => text.Replace("\\\"", "\"", StringComparison.Ordinal);

    [GeneratedRegex("\"?<<helm:(.*?):helm>>\"?")]
    private static partial Regex RawExpression();

    // A template's text is quoted whatever it holds, since what it becomes is not known here. Keys never hold one.
    private sealed class QuotedTemplates(IEventEmitter next) : ChainedEventEmitter(next)
    {
        public override void Emit(ScalarEventInfo eventInfo, IEmitter emitter)
        {
            if (eventInfo.Source.Value is string text && text.Contains("{{", StringComparison.Ordinal))
            {
                eventInfo.Style = ScalarStyle.DoubleQuoted;
            }
            base.Emit(eventInfo, emitter);
        }
    }

    private sealed class Int32OrStringConverter : IYamlTypeConverter
    {
        public bool Accepts(Type type) => type == typeof(Int32OrStringV1);

        public object ReadYaml(IParser parser, Type type, ObjectDeserializer rootDeserializer) => throw new NotSupportedException();

        public void WriteYaml(IEmitter emitter, object? value, Type type, ObjectSerializer serializer)
        {
            var port = (Int32OrStringV1)value!;
            emitter.Emit(
                port.Number is { } number
                    ? new Scalar(number.ToString(System.Globalization.CultureInfo.InvariantCulture))
                    : new Scalar(null, null, port.Text!, ScalarStyle.DoubleQuoted, true, true)
            );
        }
    }
}
