using System.Text.Json;
using Blockwire.Testing;
using Blockwire.Testing.Raw;

namespace Blockwire.Interop.Tests.Trace;

/// <summary>
/// Goal: what `serve --trace` writes is a capture like any other, and `decode` sees in it what others see. Method: sessions of several initiators, with digests and
/// without; tshark must find nothing wrong with a packet and count the same PDUs; tshark's own rewriting of the file is decoded alike.
/// </summary>
public sealed class TsharkTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private readonly string _folder = Directory.CreateTempSubdirectory("blockwire-trace-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_capture_of_ours_is_right_to_tshark_and_to_decode()
    {
        Peer.Require("tshark");
        Peer.Require("iscsi-inq");
        Peer.Require("qemu-io");
        string file = Path.Combine(_folder, "trace.pcapng");
        int port;
        await using (ServerProcess server = await ServerProcess.StartAsync(["memory:16M"], 0, "--trace", file))
        {
            port = server.Portal.Port;
            await RunAsync("iscsi-inq", server.Url(0));
            await RunAsync("qemu-io", "-f", "raw", "-c", "write -P 5 0 2M", "-c", "read -P 5 0 2M", server.Url(0));
            using (RawInitiator initiator = await RawInitiator.LogInAsync(server.Portal, new(server.TargetName) { Digests = "CRC32C" }))
            {
                await initiator.CommandAfterAttentionsAsync(0, [0x28, 0, 0, 0, 0, 0, 0, 0, 64, 0], 64 * 512);
                await initiator.PingAsync(1, 2, 3);
                await initiator.LogOutAsync();
            }

            Assert.Equal(0, await server.StopAsync(Limit));
        }

        string[] decoded = (await RunAsync(ServerProcess.Program, "decode", "--json", file)).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        string opcodes = (await RunAsync("tshark", "-r", file, "-d", $"tcp.port=={port},iscsi", "-Y", "iscsi", "-T", "fields", "-e", "iscsi.opcode")).Output;
        string[] theirs = opcodes.Split(['\n', ','], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        string[] ours = [.. decoded.Select(static it => $"0x{JsonDocument.Parse(it).RootElement.GetProperty("opcode").GetInt32():x2}")];
        Assert.True(ours.Length > 60, $"{ours.Length} PDUs");
        Assert.Equal(ours.Order(StringComparer.Ordinal), theirs.Select(static it => it.Length == 2 ? $"0x{it}" : it).Order(StringComparer.Ordinal));

        // The one thing tshark may stumble over is the answer to an INQUIRY: QEMU asks for 64 bytes of page 83h, so the last designator is cut off as SPC-4 §4.2.5.6 has it,
        // and tshark's dissector of that page (not those of iSCSI, TCP and IP) reads on behind the end.
        string remarks = (await RunAsync(
            "tshark", "-r", file, "-d", $"tcp.port=={port},iscsi", "-o", "tcp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE",
            "-Y", "((_ws.malformed || _ws.expert.severity >= 0x800000) && !(iscsi.opcode == 0x25 && scsi_sbc.opcode == 0x12)) || tcp.analysis.flags || tcp.checksum.status == 0")).Output;
        Assert.Equal("", remarks.Trim());
    }

    [Fact]
    public async Task A_file_that_tshark_wrote_is_decoded_alike()
    {
        Peer.Require("tshark");
        Peer.Require("iscsi-inq");
        string file = Path.Combine(_folder, "trace.pcapng");
        await using (ServerProcess server = await ServerProcess.StartAsync(["memory:16M"], 0, "--trace", file))
        {
            await RunAsync("iscsi-inq", server.Url(0));
            Assert.Equal(0, await server.StopAsync(Limit));
        }

        string expected = (await RunAsync(ServerProcess.Program, "decode", "--brief", file)).Output;
        foreach (string format in new[] { "pcapng", "pcap", "nsecpcap" })
        {
            string copy = Path.Combine(_folder, $"copy.{format}");
            await RunAsync("tshark", "-r", file, "-F", format, "-w", copy);
            string output = (await RunAsync(ServerProcess.Program, "decode", "--brief", copy)).Output;
            Assert.Equal(WithoutTimes(expected), WithoutTimes(output));
        }

        string text = Path.Combine(_folder, "copy.txt");
        await File.WriteAllTextAsync(text, (await RunAsync("tshark", "-r", file, "-x")).Output, TestContext.Current.CancellationToken);
        Assert.Equal(expected.Split('\n').Length, (await RunAsync(ServerProcess.Program, "decode", "--brief", text)).Output.Split('\n').Length);
    }

    private static IEnumerable<string> WithoutTimes(string brief) => brief.Split('\n').Select(static it => string.Join(' ', it.Split(' ').Where(static (_, at) => at != 1)));

    private static async Task<ProcessResult> RunAsync(string program, params string[] arguments) =>
        (await ChildProcess.RunAsync(program, arguments, Limit)).Succeeded();
}
