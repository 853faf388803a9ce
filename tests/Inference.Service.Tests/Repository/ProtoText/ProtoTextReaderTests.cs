using Google.Protobuf.Reflection;
using Google.Protobuf.WellKnownTypes;
using Slipway.Inference.Service.Repository.ProtoText;
using Enum = Google.Protobuf.WellKnownTypes.Enum;

namespace Slipway.Inference.Service.Tests.Repository.ProtoText;

/// <summary>Read into messages that Google.Protobuf ships, which have every kind of field.</summary>
public class ProtoTextReaderTests
{
    [Fact]
    public void Read_NestedMessagesInEveryForm_FillsThem()
    {
        var file = ProtoTextReader.Read<FileDescriptorProto>(
            """
            # a comment
            name: "a" 'b\n\x41\101\u00e9'   # strings side by side are one
            dependency: [ "x", 'y' ], dependency: "z";
            message_type { name: "M" field < name: "f" label: LABEL_REPEATED type: 5 json_name: "" > }
            message_type: [ { name: "N" }, { } ]
            options: { deprecated: true }
            """
        );

        Assert.Equal("ab\nAAé", file.Name);
        Assert.Equal(["x", "y", "z"], file.Dependency);
        Assert.Equal(["M", "N", ""], file.MessageType.Select(m => m.Name));
        Assert.Equal(FieldDescriptorProto.Types.Label.Repeated, file.MessageType[0].Field[0].Label);
        Assert.Equal(FieldDescriptorProto.Types.Type.Int32, file.MessageType[0].Field[0].Type);
        Assert.True(file.Options.Deprecated);
    }

    [Fact]
    public void Read_Map_TakesEntriesInAnyOrder()
    {
        var read = ProtoTextReader.Read<Struct>(
            """
            fields { key: "a" value { number_value: -1.5e2 } }
            fields: [ { value: { bool_value: false }, key: "b" }, { key: "c" value { list_value { values { string_value: "x" } } } } ]
            """
        );

        Assert.Equal(-150, read.Fields["a"].NumberValue);
        Assert.Equal(Value.KindOneofCase.BoolValue, read.Fields["b"].KindCase);
        Assert.Equal("x", read.Fields["c"].ListValue.Values[0].StringValue);
    }

    [Theory]
    [InlineData("9223372036854775807", long.MaxValue)]
    [InlineData("-9223372036854775808", long.MinValue)]
    [InlineData("0x7f", 127)]
    [InlineData("- 010", -8)]
    [InlineData("0", 0)]
    public void Read_Integer_AcceptsEveryNotation(string text, long expected) =>
        Assert.Equal(expected, ProtoTextReader.Read<Int64Value>($"value: {text}").Value);

    [Theory]
    [InlineData("1.5", 1.5)]
    [InlineData("2.f", 2)]
    [InlineData(".25", 0.25)]
    [InlineData("1E-3", 0.001)]
    [InlineData("-inf", double.NegativeInfinity)]
    [InlineData("nan", double.NaN)]
    public void Read_Real_AcceptsEveryNotation(string text, double expected) =>
        Assert.Equal(expected, ProtoTextReader.Read<DoubleValue>($"value: {text}").Value);

    [Theory]
    [InlineData(
        "value: 9223372036854775808",
        "line 1, column 8: 9223372036854775808 is out of the range of field 'value', -9223372036854775808 to 9223372036854775807"
    )]
    [InlineData("value: 1.5", "line 1, column 8: '1.5' is no value for field 'value' of type int64")]
    [InlineData("value: 08", "line 1, column 8: '08' is no value for field 'value' of type int64")]
    [InlineData("value: \"1\"", "line 1, column 8: '\"1\"' is no value for field 'value' of type int64")]
    [InlineData("value 1", "line 1, column 7: ':' is expected after 'value'")]
    [InlineData("\n  valeu: 1", "line 2, column 3: message 'Int64Value' has no field 'valeu'")]
    [InlineData("value: 1 value: 2", "line 1, column 10: field 'value' is given more than once")]
    [InlineData("value:", "line 1, column 7: the end of the text is no value for field 'value' of type int64")]
    [InlineData("}", "line 1, column 1: a field's name is expected, not '}'")]
    public void Read_WrongText_SaysWhereAndWhy(string text, string expected) =>
        Assert.Equal(expected, Assert.Throws<ProtoTextException>(() => ProtoTextReader.Read<Int64Value>(text)).Message);

    [Theory]
    [InlineData("name: \"a")]
    [InlineData("name: \"a\nb\"")]
    [InlineData("name: \"\\q\"")]
    [InlineData("name: \"\\400\"")]
    [InlineData("name: \"\\ud800\"")]
    [InlineData("name: \"\\u12\"")]
    [InlineData("name: \"\\")]
    [InlineData("name: -\"a\"")]
    [InlineData("enumvalue { name: \"a\"")]
    [InlineData("enumvalue [ { name: \"a\" }")]
    [InlineData("enumvalue { name: \"a\" >")]
    [InlineData("syntax: SYNTAX_PROTO9")]
    [InlineData("syntax: 99")]
    public void Read_BrokenText_IsRefused(string text) => Assert.Throws<ProtoTextException>(() => ProtoTextReader.Read<Enum>(text));

    [Theory]
    [InlineData("fields { key: \"a\" key: \"b\" }")]
    [InlineData("fields { name: \"a\" }")]
    [InlineData("fields { value: 1 }")]
    public void Read_WrongMapEntry_IsRefused(string text) => Assert.Throws<ProtoTextException>(() => ProtoTextReader.Read<Struct>(text));

    [Fact]
    public void Read_TwoMembersOfAOneof_IsRefused() =>
        Assert.Contains(
            "excludes",
            Assert.Throws<ProtoTextException>(() => ProtoTextReader.Read<Value>("bool_value: true number_value: 1")).Message,
            StringComparison.Ordinal
        );

    [Fact]
    public void Read_DeepNesting_IsRefused()
    {
        var text = string.Concat(Enumerable.Repeat("list_value { values { ", 10_000));

        var refused = Assert.Throws<ProtoTextException>(() => ProtoTextReader.Read<Value>(text));

        Assert.Contains("nested deeper", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_RandomDamage_NeverFailsOtherwise()
    {
        const int Seed = 20260;
        var random = new Random(Seed);
        const string Valid = "fields { key: \"a\" value { list_value { values [ { number_value: 1.5e3 }, { string_value: 'x\\n' } ] } } }";
        for (var round = 0; round < 20_000; round++)
        {
            var text = Valid.ToCharArray();
            for (var hits = random.Next(1, 4); hits > 0; hits--)
            {
                text[random.Next(text.Length)] = (char)random.Next(1, 300);
            }
            try
            {
                ProtoTextReader.Read<Struct>(new string(text));
            }
            catch (ProtoTextException)
            {
                // The one way in which a wrong text ends.
            }
            catch (Exception e)
            {
                Assert.Fail($"seed {Seed}, round {round}: {e.GetType().Name} on {new string(text)}");
            }
        }
    }
}
