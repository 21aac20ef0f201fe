using Blockwire.Trace.Rules;
using Blockwire.Trace.Streams;

namespace Blockwire.Trace.Tests;

/// <summary>Keeps what streams turn out to be, and holds it against the rules.</summary>
internal sealed class Recorder : IPduSink, ITraceOutput
{
    private readonly ConversationRules _rules = new();
    private int _connections;

    public List<TracedPdu> Pdus { get; } = [];

    public List<string> Notes { get; } = [];

    void IPduSink.OnPdu(TracedPdu pdu)
    {
        _rules.OnPdu(pdu);
        Pdus.Add(pdu);
    }

    void IPduSink.OnNote(TracedConnection? connection, Moment moment, string text)
    {
        if (connection is not null)
        {
            _rules.OnGap(connection);
        }

        Notes.Add(text);
    }

    void IPduSink.OnEnd(TracedConnection connection, bool fromInitiator) => _rules.OnEnd(connection);

    int IPduSink.NextConnectionNumber() => ++_connections;

    void ITraceOutput.OnPdu(TracedPdu pdu) => Pdus.Add(pdu);

    void ITraceOutput.OnNote(TracedConnection? connection, Moment moment, string text) => Notes.Add(text);

    /// <summary>Reads all of some input.</summary>
    public static Recorder Read(byte[] input)
    {
        Recorder recorder = new();
        new TraceReader(recorder).Read(new MemoryStream(input));
        return recorder;
    }
}
