using System.Globalization;
using Aspire.Hosting.Kubernetes.Resources;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlDotNet.Serialization;
using YamlDotNet.Serialization.EventEmitters;
using YamlDotNet.Serialization.NamingConventions;

namespace Aspire.Hosting.Kubernetes.Publishing;

/// <summary>Writes objects as YAML templates: strings quoted where they could be read as something else, nothing that is null or empty.</summary>
internal static class HelmYaml
{
    private static readonly ISerializer s_serializer = new SerializerBuilder()
        .WithNamingConvention(CamelCaseNamingConvention.Instance)
        .ConfigureDefaultValuesHandling(DefaultValuesHandling.OmitNull | DefaultValuesHandling.OmitEmptyCollections)
        .WithTypeConverter(new Int32OrStringConverter())
        .WithEventEmitter(next => new QuotedStrings(next))
        .WithQuotingNecessaryStrings(true)
        .WithIndentedSequences()
        .DisableAliases()
        .WithNewLine("\n")
        .Build();

    /// <summary>The YAML of <paramref name="value"/>.</summary>
    public static string Write(object value) => s_serializer.Serialize(value);

    // A template's text is quoted whatever it holds, since what it becomes is not known here. So is what starts like a number: Helm's reader takes
    // 1_000, 0o7 and .5 for numbers, and Kubernetes refuses a number where it wants a string.
    private sealed class QuotedStrings(IEventEmitter next) : ChainedEventEmitter(next)
    {
        public override void Emit(ScalarEventInfo eventInfo, IEmitter emitter)
        {
            if (eventInfo.Source.Value is string text && NeedsQuotes(text))
            {
                eventInfo.Style = ScalarStyle.DoubleQuoted;
            }
            base.Emit(eventInfo, emitter);
        }

        private static bool NeedsQuotes(string text) =>
            text.Contains("{{", StringComparison.Ordinal)
            || (text.Length > 0 && (char.IsAsciiDigit(text[0]) || "+-.".Contains(text[0]) || char.IsWhiteSpace(text[0])))
            // The emitter writes these as they are, and a reader drops some of them.
            || text.Any(c => char.IsControl(c) && c != '\n');
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
                    ? new Scalar(number.ToString(CultureInfo.InvariantCulture))
                    : new Scalar(null, null, port.Text!, ScalarStyle.DoubleQuoted, true, true)
            );
        }
    }
}
