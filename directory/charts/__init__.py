"""The plans' charts drawn as SVG from plan rows: organisation (8.1) and work flow (8.2)."""

from directory.charts.flow import Flow, FlowLevel, Step, draw_flow
from directory.charts.flow_wide import draw_flow_wide
from directory.charts.org import Body, GroupBox, OrgChart, PostLine, draw_org
from directory.charts.svg import Drawing

__all__ = [
    "Body",
    "Drawing",
    "Flow",
    "FlowLevel",
    "GroupBox",
    "OrgChart",
    "PostLine",
    "Step",
    "draw_flow",
    "draw_flow_wide",
    "draw_org",
]
