using Blockwire.Testing;

namespace Blockwire.Cli.Tests.Clients;

/// <summary>Goal: the way through the framework's sockets, which systems other than Linux take, works from end to end. Method: both sides are told to take it.</summary>
public sealed class PortableSocketTests : IDisposable
{
    private readonly ClientProcess _client = new() { Environment = { ["BLOCKWIRE_PORTABLE_SOCKETS"] = "1" } };

    public void Dispose() => _client.Dispose();

    [Fact]
    public async Task What_is_written_through_the_framework_is_read_through_it()
    {
        await using ChildProcess server = ChildProcess.Start(ServerProcess.Program, ["serve", "--listen", "127.0.0.1:0", "memory:8M"], _client.Environment);
        await server.WaitUntilAsync(static it => it.OutputLines.Count > 0, TimeSpan.FromSeconds(30), "it was ready");
        string url = server.OutputLines[0].Split(' ')[1];
        byte[] data = TransferTests.Bytes(1, 8 << 20);

        (await _client.RunWithAsync(data, "write", url + "?connections=3&header-digest=require&data-digest=require")).Succeeded();

        Assert.Equal(data, (await _client.RunAsync("read", url)).Succeeded().Output);
    }
}
