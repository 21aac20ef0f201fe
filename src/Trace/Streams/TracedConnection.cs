using Blockwire.Trace.Reading;

namespace Blockwire.Trace.Streams;

/// <summary>Takes what the streams of connections turn out to be.</summary>
internal interface IPduSink
{
    void OnPdu(TracedPdu pdu);

    /// <summary>Something about the capture that is no PDU: a gap, an end within a PDU.</summary>
    void OnNote(TracedConnection? connection, Moment moment, string text);

    /// <summary>A direction of the connection is over.</summary>
    void OnEnd(TracedConnection connection, bool fromInitiator);

    /// <summary>The number of the next connection that turned out to speak iSCSI.</summary>
    int NextConnectionNumber();
}

/// <summary>A connection between an initiator and a target, as far as the capture shows it.</summary>
public sealed class TracedConnection
{
    private readonly Endpoint _first;
    private readonly Endpoint _second;

    internal TracedConnection(Endpoint first, Endpoint second, bool seenFromStart, bool mixed, MemoryBudget budget, IPduSink sink)
    {
        _first = first;
        _second = second;
        SeenFromStart = seenFromStart;
        Sink = sink;
        IsMixed = mixed;
        if (seenFromStart)
        {
            (FirstIsInitiator, HeaderDigest, DataDigest) = (true, false, false);
        }
        else if (second.Port == StandardPort || first.Port == StandardPort)
        {
            FirstIsInitiator = second.Port == StandardPort;
        }

        FromFirst = new(this, true, budget);
        FromSecond = new(this, false, budget);
    }

    /// <summary>The port that iSCSI is registered for (RFC 7143 §4.2.7).</summary>
    internal const ushort StandardPort = 3260;

    /// <summary>Its number among the iSCSI connections of the capture, from 1; 0 until a PDU was seen.</summary>
    public int Number { get; private set; }

    /// <summary>Address and port of the initiator; empty when only PDUs were given.</summary>
    public string Initiator => IsMixed ? "" : (FirstIsInitiator != false ? _first : _second).ToString();

    /// <summary>Address and port of the target; empty when only PDUs were given.</summary>
    public string Target => IsMixed ? "" : (FirstIsInitiator != false ? _second : _first).ToString();

    /// <summary>Was it seen from its first byte on? Else what came before is unknown.</summary>
    public bool SeenFromStart { get; internal set; }

    /// <summary>Are header digests in use? Null while that is not known.</summary>
    public bool? HeaderDigest { get; internal set; }

    /// <summary>Are data digests in use? Null while that is not known.</summary>
    public bool? DataDigest { get; internal set; }

    /// <summary>PDUs of both directions come in one stream, told apart by their opcodes.</summary>
    internal bool IsMixed { get; }

    internal bool? FirstIsInitiator { get; set; }

    /// <summary>It speaks something else.</summary>
    internal bool IsForeign { get; set; }

    internal bool IsOnStandardPort => _first.Port == StandardPort || _second.Port == StandardPort;

    internal IPduSink Sink { get; }

    internal PduFramer FromFirst { get; }

    internal PduFramer FromSecond { get; }

    /// <summary>The model's memory of this connection.</summary>
    internal object? Model { get; set; }

    internal bool? IsInitiator(bool isFirst) => FirstIsInitiator is { } first ? first == isFirst : null;

    internal void Recognize()
    {
        if (Number == 0)
        {
            Number = Sink.NextConnectionNumber();
        }
    }
}
