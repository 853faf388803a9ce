using System.Buffers;
using System.Text;
using System.Text.Json;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace Slipway.Inference.Service.V2;

/// <summary>
/// Writes a protobuf message as JSON in the form that Triton's REST protocol has: fields by the names of the .proto file, defaults included, and 64-bit integers as numbers,
/// which the standard mapping makes texts.
/// </summary>
internal static class ProtoJson
{
    public static string Write(IMessage message)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            WriteMessage(writer, message);
        }
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static void WriteMessage(Utf8JsonWriter writer, IMessage message)
    {
        writer.WriteStartObject();
        foreach (var field in message.Descriptor.Fields.InDeclarationOrder())
        {
            var value = field.Accessor.GetValue(message);
            if (field.ContainingOneof is { } choice && choice.Accessor.GetCaseFieldDescriptor(message) != field)
            {
                continue;
            }
            if (value is null)
            {
                continue;
            }
            writer.WritePropertyName(field.Name);
            WriteField(writer, field, value);
        }
        writer.WriteEndObject();
    }

    private static void WriteField(Utf8JsonWriter writer, FieldDescriptor field, object value)
    {
        if (field.IsMap)
        {
            writer.WriteStartObject();
            foreach (System.Collections.DictionaryEntry entry in (System.Collections.IDictionary)value)
            {
                writer.WritePropertyName($"{entry.Key}");
                WriteValue(writer, field.MessageType.Fields[2], entry.Value!);
            }
            writer.WriteEndObject();
        }
        else if (field.IsRepeated)
        {
            writer.WriteStartArray();
            foreach (var element in (System.Collections.IList)value)
            {
                WriteValue(writer, field, element!);
            }
            writer.WriteEndArray();
        }
        else
        {
            WriteValue(writer, field, value);
        }
    }

    private static void WriteValue(Utf8JsonWriter writer, FieldDescriptor field, object value)
    {
        switch (value)
        {
            case IMessage message:
                WriteMessage(writer, message);
                break;
            case bool flag:
                writer.WriteBooleanValue(flag);
                break;
            case string text:
                writer.WriteStringValue(text);
                break;
            case ByteString bytes:
                writer.WriteStringValue(bytes.ToBase64());
                break;
            case Enum choice:
                var number = Convert.ToInt32(choice, System.Globalization.CultureInfo.InvariantCulture);
                writer.WriteStringValue(field.EnumType.FindValueByNumber(number)?.Name ?? $"{number}");
                break;
            default:
                writer.WriteRawValue(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{value}"));
                break;
        }
    }
}
