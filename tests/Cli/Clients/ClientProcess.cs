using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Blockwire.Testing;

namespace Blockwire.Cli.Tests.Clients;

/// <summary>What a client command said, in bytes, and how it ended.</summary>
internal sealed record ClientResult(int ExitCode, byte[] Output, string Error)
{
    public string Text => Encoding.UTF8.GetString(Output);

    public JsonElement Json => JsonDocument.Parse(Output).RootElement;

    /// <summary>Status 0 and nothing on stderr.</summary>
    public ClientResult Succeeded()
    {
        Assert.Equal((0, ""), (ExitCode, Error));
        return this;
    }

    /// <summary>The status, whatever stands on stderr: progress, say.</summary>
    public ClientResult ExitedWith(int status)
    {
        Assert.True(status == ExitCode, $"{ExitCode}: {Error}");
        return this;
    }

    /// <summary>The status, and one line on stderr that has all of these.</summary>
    public void Refused(int status, params string[] words)
    {
        Assert.Equal(status, ExitCode);
        Assert.StartsWith("blockwire: ", Error, StringComparison.Ordinal);
        Assert.Equal(1, Error.Count(static it => it == '\n'));
        Assert.All(words, word => Assert.Contains(word, Error, StringComparison.Ordinal));
    }
}

/// <summary>Client commands of the built program, with a state folder of their own.</summary>
internal sealed class ClientProcess : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);

    private readonly ScratchFolder _folder = new();

    /// <summary>Variables of its environment besides the usual ones.</summary>
    public Dictionary<string, string> Environment { get; } = [];

    public string At(string name) => _folder.At(name);

    public string WriteFile(string name, byte[] data)
    {
        File.WriteAllBytes(At(name), data);
        return At(name);
    }

    public Process Start(params IEnumerable<string> arguments)
    {
        ProcessStartInfo start = new(ServerProcess.Program, arguments)
        {
            UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        start.Environment["BLOCKWIRE_STATE"] = At("state");
        foreach (string name in start.Environment.Keys.Where(static it => it.Contains("CHAP", StringComparison.Ordinal)).ToArray())
        {
            start.Environment.Remove(name);
        }

        foreach ((string name, string value) in Environment)
        {
            start.Environment[name] = value;
        }

        return Process.Start(start)!;
    }

    public Task<ClientResult> RunAsync(params IEnumerable<string> arguments) => RunWithAsync([], arguments);

    public async Task<ClientResult> RunWithAsync(byte[] input, params IEnumerable<string> arguments)
    {
        using Process process = Start(arguments);
        using CancellationTokenSource late = new(Limit);
        try
        {
            Task feeding = FeedAsync(process, input);
            using MemoryStream output = new();
            Task reading = process.StandardOutput.BaseStream.CopyToAsync(output, late.Token);
            string error = await process.StandardError.ReadToEndAsync(late.Token);
            await reading;
            await feeding;
            await process.WaitForExitAsync(late.Token);
            return new(process.ExitCode, output.ToArray(), error);
        }
        finally
        {
            process.Kill();
        }
    }

    public void Dispose() => _folder.Dispose();

    private static async Task FeedAsync(Process process, byte[] input)
    {
        try
        {
            await process.StandardInput.BaseStream.WriteAsync(input);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It has read as much as it wanted.
        }
    }
}
