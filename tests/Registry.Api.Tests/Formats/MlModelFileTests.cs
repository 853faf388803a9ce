using System.Text;
using Slipway.Contracts.Vetting;
using Slipway.Registry.Api.Formats;
using Slipway.Testing;

namespace Slipway.Registry.Api.Tests.Formats;

public sealed class MlModelFileTests : IDisposable
{
    private readonly TempFolder _folder = new();

    /// <summary>As MLflow 2.17 writes it for an ONNX model, texts folded over lines by its YAML library included.</summary>
    private const string Written = """
        artifact_path: model
        flavors:
          onnx:
            code: null
            data: net.onnx
            onnx_version: 1.12.0
            providers:
            - CUDAExecutionProvider
            - CPUExecutionProvider
          python_function:
            data: net.onnx
            env:
              conda: conda.yaml
              virtualenv: python_env.yaml
            loader_module: mlflow.onnx
            python_version: 3.11.2
        mlflow_version: 2.17.2
        model_size_bytes: 305
        model_uuid: 610aab3a0c4f4a1f
        run_id: 60baeb12
        saved_input_example_info:
          artifact_path: input_example.json
          serving_input_path: serving_input_example.json
          type: ndarray
        signature:
          inputs: '[{"type": "tensor", "tensor-spec": {"dtype": "float32", "shape": [-1,
            2]}}]'
          outputs: '[{"name": "y", "type": "tensor", "tensor-spec": {"dtype": "float32",
            "shape": [-1, 2]}}]'
          params: '[{"name": "temperature", "type": "double", "default": 0.5, "shape": null}]'
        utc_time_created: '2026-11-22 02:04:53.640001'
        """;

    [Fact]
    public void TryRead_WhatMlflowWrites_GivesAllOfIt()
    {
        var model = Read(Written);

        Assert.Equal(["onnx", "python_function"], model.Flavors);
        Assert.Equal(("net.onnx", "mlflow.onnx", "2.17.2"), (model.OnnxFile, model.LoaderModule, model.MlflowVersion));
        Assert.Equal(("3.11.2", "610aab3a0c4f4a1f", "60baeb12"), (model.PythonVersion, model.ModelUuid, model.RunId));
        Assert.Equal(("input_example.json", "2026-11-22 02:04:53.640001"), (model.ExampleFile, model.CreatedAt));
        var input = Assert.Single(model.Signature!.Inputs!);
        Assert.Equal((null, "float32", "-1,2"), (input.Name, input.Type, string.Join(',', input.Shape!)));
        Assert.Equal("y", Assert.Single(model.Signature.Outputs!).Name);
        Assert.Equal(new DeclaredParameter("temperature", "double", "0.5", null), Assert.Single(model.Signature.Parameters!));
    }

    [Theory]
    [InlineData("a: &x [1, 2]\nflavors: {onnx: {data: m.onnx, providers: *x}}\nb: *x\n")]
    [InlineData("flavors: {onnx: {data: !!str m.onnx}}\nmetadata: {when: !!timestamp 2026-01-01, raw: !!binary aGk=}\n")]
    public void TryRead_AliasesAndPlainTags_AreNoHarm(string yaml) => Assert.Equal("m.onnx", Read(yaml).OnnxFile);

    [Theory]
    [InlineData("")]
    [InlineData("just a text")]
    [InlineData("flavors: 3\nsignature: [1]\nrun_id: null\n")]
    [InlineData("- a\n- b\n")]
    public void TryRead_OtherShapes_SaysNothing(string yaml)
    {
        var model = Read(yaml);
        Assert.Empty(model.Flavors);
        Assert.Null(model.RunId);
        Assert.Null(model.Signature);
    }

    [Theory]
    [InlineData("flavors: !!python/object/apply:os.system ['echo']\n", "tags")]
    [InlineData("flavors: !System.Diagnostics.Process {StartInfo: x}\n", "tags")]
    [InlineData("flavors: !<tag:yaml.org,2002:python/name:os.system> x\n", "tags")]
    [InlineData("a: &x {b: *x}\n", "stands for nothing")]
    [InlineData("a: *nothing\n", "stands for nothing")]
    [InlineData("flavors: [unclosed\n", "cannot be read")]
    [InlineData("a: b: c\n", "cannot be read")]
    [InlineData("? [a, b]\n: c\n", "not a scalar")]
    public void TryRead_Hostile_SaysWhy(string yaml, string words) => Assert.Contains(words, Refused(yaml), StringComparison.Ordinal);

    [Fact]
    public void TryRead_BillionLaughs_IsRefusedAtOnce()
    {
        var yaml = new StringBuilder("a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n");
        for (var i = 1; i < 30; i++)
        {
            yaml.Append(
                System.Globalization.CultureInfo.InvariantCulture,
                $"a{i}: &a{i} [{string.Join(", ", Enumerable.Repeat($"*a{i - 1}", 9))}]\n"
            );
        }

        Assert.Contains("nodes once its aliases are followed", Refused(yaml.ToString()), StringComparison.Ordinal);
    }

    [Fact]
    public void TryRead_ManyAliases_IsRefused() =>
        Assert.Contains(
            "aliases",
            Refused("a: &x 1\nb: [" + string.Join(", ", Enumerable.Repeat("*x", 2000)) + "]\n"),
            StringComparison.Ordinal
        );

    [Theory]
    [InlineData("[", "]")]
    [InlineData("{a: ", "}")]
    public void TryRead_TooDeep_IsRefused(string open, string close) =>
        Assert.Contains(
            "deeper",
            Refused(string.Concat(Enumerable.Repeat(open, 100)) + string.Concat(Enumerable.Repeat(close, 100))),
            StringComparison.Ordinal
        );

    [Fact]
    public void TryRead_TooLarge_IsRefused() =>
        Assert.Contains("larger", Refused("a: " + new string('x', 1 << 20)), StringComparison.Ordinal);

    [Fact]
    public void TryRead_BrokenSignature_IsAWarning()
    {
        Assert.True(
            MlModelFile.TryRead(
                Write("flavors: {onnx: {}}\nsignature: {inputs: '[{\"nonsense\": 1}]'}\n"),
                out var model,
                out var warnings,
                out _
            )
        );

        Assert.Null(model.Signature);
        Assert.Contains("inputs[0]: its 'type' is missing", Assert.Single(warnings), StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private ModelDescription Read(string yaml)
    {
        Assert.True(MlModelFile.TryRead(Write(yaml), out var model, out _, out var error), error);
        return model;
    }

    private string Refused(string yaml)
    {
        Assert.False(MlModelFile.TryRead(Write(yaml), out _, out _, out var error));
        return error;
    }

    private string Write(string yaml)
    {
        var path = _folder.Combine("MLmodel");
        File.WriteAllText(path, yaml);
        return path;
    }
}
