using Blockwire.Protocol.Text;

namespace Blockwire.Protocol.Tests.Text;

/// <summary>A list of targets to discover.</summary>
internal sealed class FakeTargets(params DiscoveredTarget[] targets) : ISendTargets
{
    public IEnumerable<DiscoveredTarget> All() => targets;

    public DiscoveredTarget? Find(string name) => Array.Find(targets, target => target.Name == name);
}
