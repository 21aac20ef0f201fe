using System.Diagnostics;
using Blockwire.Testing;

namespace Blockwire.Samples.Tests;

/// <summary>Goal: what the samples show works. Method: they are run as programs, one serving, one reading.</summary>
public sealed class SampleTests
{
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task An_embedded_target_can_be_read()
    {
        using Process target = Start("EmbedTarget", "127.0.0.1:0");
        string url = (await target.StandardOutput.ReadLineAsync().WaitAsync(_limit))!;

        (int status, string output, string error) = await RunAsync("ReadRemoteDisk", url);

        Assert.True(status == 0, error);
        Assert.Contains("131072 blocks of 512 bytes", output, StringComparison.Ordinal);
        await EndAsync(target);
    }

    [Fact]
    public async Task A_disk_of_ones_own_is_served()
    {
        using Process target = Start("ServeOwnDisk", "127.0.0.1:0");
        string url = (await target.StandardOutput.ReadLineAsync().WaitAsync(_limit))!;

        (int status, string output, string error) = await RunAsync("ReadRemoteDisk", url);

        Assert.True(status == 0, error);
        Assert.Contains(new string('0', 128), output, StringComparison.Ordinal);
        await EndAsync(target);
    }

    [Fact]
    public async Task A_target_that_is_not_there_is_an_error_in_one_line()
    {
        (int status, _, string error) = await RunAsync("ReadRemoteDisk", "iscsi://127.0.0.1:1/iqn.2026-11.local.blockwire:sample/0");

        Assert.Equal(1, status);
        Assert.Single(error.TrimEnd().Split('\n'));
    }

    private static Process Start(string sample, string argument)
    {
        ProcessStartInfo start = new(Repository.At($"artifacts/bin/Blockwire.Samples.{sample}/release/Blockwire.Samples.{sample}"), argument)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        return Process.Start(start)!;
    }

    private static async Task<(int Status, string Output, string Error)> RunAsync(string sample, string argument)
    {
        using Process process = Start(sample, argument);
        process.StandardInput.Close();
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync().WaitAsync(_limit);
        return (process.ExitCode, await output, await error);
    }

    private static async Task EndAsync(Process process)
    {
        process.StandardInput.Close();
        await process.WaitForExitAsync().WaitAsync(_limit);
        Assert.Equal(0, process.ExitCode);
    }
}
