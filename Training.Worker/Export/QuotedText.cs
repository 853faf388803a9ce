using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlDotNet.Serialization;

namespace Slipway.Training.Worker.Export;

/// <summary>Text that YAML readers must not take for a number, a date or a list, and so stands in quotation marks.</summary>
internal sealed record QuotedText(string Value);

/// <summary>Writes <see cref="QuotedText"/>.</summary>
internal sealed class QuotedTextConverter : IYamlTypeConverter
{
    public bool Accepts(Type type) => type == typeof(QuotedText);

    public object ReadYaml(IParser parser, Type type, ObjectDeserializer rootDeserializer) =>
        new QuotedText(parser.Consume<Scalar>().Value);

    public void WriteYaml(IEmitter emitter, object? value, Type type, ObjectSerializer serializer) =>
        emitter.Emit(new Scalar(AnchorName.Empty, TagName.Empty, ((QuotedText)value!).Value, ScalarStyle.SingleQuoted, false, true));
}
