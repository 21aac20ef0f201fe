using System.Globalization;
using System.Net;
using Blockwire.Testing;
using Blockwire.Trace;
using Blockwire.Trace.Capture;
using Blockwire.Trace.Streams;
using Blockwire.Transport;

namespace Blockwire.Interop.Tests.Targets;

/// <summary>Everything that a session sends and receives, in a capture file that tshark and we read afterwards.</summary>
internal sealed class Capture : ITransportTap, IDisposable
{
    private readonly string _path;
    private readonly CaptureFile _file;

    public Capture(string? path = null)
    {
        _path = path ?? Path.Combine(Path.GetTempPath(), $"blockwire-{Guid.NewGuid():N}.pcapng");
        _file = new CaptureFile(CaptureFile.CreateStream(_path), "interop tests");
    }

    public IConnectionTap Open(IPEndPoint local, IPEndPoint remote, bool accepted) => new Connection(_file.Open(local, remote, accepted));

    /// <summary>Ends it; nothing may be missing.</summary>
    public void Close()
    {
        _file.Dispose();
        Assert.Null(_file.Failure);
        Assert.Equal(0UL, _file.LostSegments);
    }

    /// <summary>A line for each iSCSI PDU (a line may have several, parted by commas) with the fields asked for, as tshark decodes them.</summary>
    public async Task<IReadOnlyList<string>> TsharkAsync(int port, string filter, params string[] fields)
    {
        Peer.Require("tshark");
        ProcessResult result = (await ChildProcess.RunAsync(
            "tshark", ["-r", _path, "-d", $"tcp.port=={port},iscsi", "-Y", filter, "-T", "fields", .. fields.SelectMany(static field => new[] { "-e", field })], TimeSpan.FromSeconds(60))).Succeeded();
        return result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    /// <summary>All PDUs with the rules they break, in words.</summary>
    public IReadOnlyList<TracedPdu> Decode()
    {
        PduList list = new();
        using FileStream stream = File.OpenRead(_path);
        new TraceReader(list).Read(stream);
        return list.Pdus;
    }

    /// <summary>Our own decoder finds no fault in what the initiator sent.</summary>
    public void AssertWeKeepTheRules()
    {
        string[] broken = [.. Decode().Where(static pdu => pdu is { FromInitiator: true, Problems.Count: > 0 })
            .Select(static pdu => string.Create(CultureInfo.InvariantCulture, $"PDU {pdu.Number} {pdu.Opcode}: {string.Join("; ", pdu.Problems)}"))];
        Assert.True(broken.Length == 0, string.Join('\n', broken.Take(20)));
    }

    /// <summary>tshark finds nothing malformed but INQUIRY data of which less was asked for than there is, which it takes for spoilt.</summary>
    public async Task AssertWellFormedAsync(int port) =>
        Assert.Empty(await TsharkAsync(port, "_ws.malformed && !(iscsi.opcode == 0x25 && scsi_sbc.opcode == 0x12)", "frame.number", "iscsi.opcode"));

    public void Dispose()
    {
        _file.Dispose();
        File.Delete(_path);
    }

    private sealed class PduList : ITraceOutput
    {
        public List<TracedPdu> Pdus { get; } = [];

        public void OnPdu(TracedPdu pdu) => Pdus.Add(pdu);

        public void OnNote(TracedConnection? connection, Moment moment, string text)
        {
            // A connection that was cut ends inside a PDU.
        }
    }

    private sealed class Connection(CaptureConnection connection) : IConnectionTap
    {
        public void Received(ReadOnlySpan<byte> bytes) => connection.Received(bytes);

        public void Sent(ReadOnlySpan<byte> bytes) => connection.Sent(bytes);

        public void ReceivedEnd() => connection.ReceivedEnd();

        public void SentEnd() => connection.SentEnd();

        public void Closed() => connection.Closed();
    }
}
