using System.Text;
using Slipway.Inference.Engine.Tensors;
using Slipway.Inference.Service.Json;
using Slipway.Inference.Service.Predictions;
using Slipway.Inference.Service.V1;

namespace Slipway.Inference.Service.V2;

/// <summary>
/// The generate extension: a flat object in, of input names and values, and one out, of output names and values. Values come without the batch's dimension; what is no
/// input's name is passed over.
/// </summary>
internal sealed class GenerateProtocol : IPredictionProtocol
{
    public PredictionRequest Read(in IncomingPrediction incoming)
    {
        var facts = incoming.Facts;
        var model = incoming.Name;
        var columns = facts.Signature.Inputs.Select(input => new InputColumn(input, model)).ToArray();
        var isRow = new bool[columns.Length];
        try
        {
            var cursor = new JsonCursor(incoming.Body.Span, incoming.Limits.MaxJsonDepth);
            string? id = null;
            var parameters = default(V2Parameters);
            V2RequestReader.Require(ref cursor, JsonKind.Object, "the request must be a JSON object of input names and values");
            cursor.BeginObject();
            while (cursor.NextMember(out var name))
            {
                if (facts.FindInput(name, 0) is var index and >= 0)
                {
                    isRow[index] = Depth(cursor) < facts.Signature.Inputs[index].Shape.Count;
                    Read(ref cursor, columns[index], facts.Signature.Inputs[index].Name);
                }
                else if (name.SequenceEqual("id"u8) && cursor.Peek() == JsonKind.String)
                {
                    id = Encoding.UTF8.GetString(cursor.ReadString());
                }
                else if (name.SequenceEqual("parameters"u8) && cursor.Peek() == JsonKind.Object)
                {
                    parameters = V2Parameters.Read(ref cursor);
                }
                else
                {
                    cursor.Skip();
                }
            }
            cursor.End();
            if (Array.Exists(columns, column => column.Rows == 0))
            {
                throw InputErrors.Missing(facts.Signature, [.. columns.Select(column => column.Rows > 0)], incoming.Name);
            }
            return new PredictionRequest
            {
                Inputs = ToTensors(columns, isRow),
                Id = id,
                TimeLimit = parameters.TimeLimit,
                Priority = parameters.Priority,
                Sequence = parameters.Sequence.Step,
                EventTime = parameters.EventTime,
            };
        }
        finally
        {
            foreach (var column in columns)
            {
                column.Dispose();
            }
        }
    }

    public void Write(PooledBuffer buffer, IHeaderDictionary headers, in PredictionAnswer answer)
    {
        buffer.Write("{\"id\":"u8);
        JsonText.WriteString(buffer, answer.Id);
        buffer.Write(",\"model_name\":"u8);
        JsonText.WriteString(buffer, answer.Name);
        buffer.Write(",\"model_version\":"u8);
        JsonText.WriteString(buffer, answer.Facts.VersionText);
        for (var i = 0; i < answer.Outputs.Count; i++)
        {
            buffer.Write((byte)',');
            JsonText.WriteString(buffer, answer.Facts.OutputNames[i]);
            buffer.Write((byte)':');
            var tensor = answer.Outputs[i];
            if (tensor.ElementCount == 1)
            {
                JsonText.WriteElement(buffer, tensor, 0);
                continue;
            }
            buffer.Write((byte)'[');
            V2Protocol.WriteElements(buffer, tensor);
            buffer.Write((byte)']');
        }
        buffer.Write((byte)'}');
    }

    private static Tensor[] ToTensors(InputColumn[] columns, bool[] isRow)
    {
        var tensors = new Tensor[columns.Length];
        try
        {
            for (var i = 0; i < tensors.Length; i++)
            {
                tensors[i] = columns[i].ToTensor(isRow[i]);
            }
            return tensors;
        }
        catch
        {
            foreach (var tensor in tensors)
            {
                tensor?.Dispose();
            }
            throw;
        }
    }

    private static void Read(ref JsonCursor cursor, InputColumn column, string input)
    {
        if (column.Rows > 0)
        {
            throw RequestRefusedException.BadRequest($"inference input '{input}' is given twice");
        }
        column.Read(ref cursor);
    }

    private static int Depth(JsonCursor lookAhead)
    {
        var depth = 0;
        while (lookAhead.Peek() == JsonKind.Array)
        {
            lookAhead.BeginArray();
            depth++;
            if (!lookAhead.NextElement())
            {
                break;
            }
        }
        return depth;
    }
}
