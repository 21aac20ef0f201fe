using System.Text;
using Blockwire.Protocol.Initiator;
using Blockwire.Wire;

namespace Blockwire.Simulation.Tests;

/// <summary>A ping of the caller.</summary>
internal sealed class SimPing(PairWorld world) : InitiatorPing
{
    public override void Release() => world.OnReleased(this);
}

/// <summary>A task management function of the caller.</summary>
internal sealed class SimFunction(PairWorld world) : InitiatorFunction
{
    public override void Release() => world.OnReleased(this);
}

/// <summary>The caller asks for the names of targets, in as many exchanges as it takes.</summary>
internal sealed class SimText(PairWorld world) : InitiatorText
{
    private readonly List<byte> _text = [];

    public string Text => Encoding.UTF8.GetString([.. _text]);

    public override void Release() => world.OnReleased(this);

    protected override bool OnResponse(in TextResponse response, ReadOnlySpan<byte> data)
    {
        _text.AddRange(data);
        Data = default;
        Lun = response.Lun;
        TargetTransferTag = response.TargetTransferTag;
        Final = true;
        return !response.Final;
    }
}
